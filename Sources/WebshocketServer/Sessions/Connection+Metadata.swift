/// Information about a connection that may be sent to other peers. The metadata of a room's member is sent to the
/// members of that room (Protocol.md, "Rooms").
///
/// Unlike session attributes, metadata is visible to peers and is not evaluated by guards.
public struct ConnectionMetadata: Sendable {
    private let connection: Connection

    init(_ connection: Connection) {
        self.connection = connection
    }

    /// Accesses a value by its name; nil if it is not set. Setting nil removes the value. Names are compared by their
    /// UTF-8 bytes.
    ///
    /// It can be used on any thread. Each access is atomic.
    public subscript(name: String) -> WireValue? {
        get { connection.metadataStorage.load()?[name] }
        nonmutating set {
            if let metadata = connection.metadataStorage.load() {
                metadata[name] = newValue
            } else if let newValue {
                connection.metadataStorage.storeIfNil(SessionAttributes())[name] = newValue
            }
        }
    }

    /// A copy of all values. Of names that are canonically equivalent, it contains the one that sorts first by its
    /// bytes.
    public var all: [String: WireValue] { connection.metadataStorage.load()?.snapshot.dictionary ?? [:] }
}

extension Connection {
    /// The metadata of the connection, which other peers can receive.
    ///
    ///     connection.metadata["name"] = "Ann"
    public var metadata: ConnectionMetadata { ConnectionMetadata(self) }
}
