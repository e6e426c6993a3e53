/// What others may learn of a connection: of a room's member, its members (Protocol.md, "Rooms").
///
/// Unlike session attributes it is shown to peers, and no guard asks for it.
public struct ConnectionMetadata: Sendable {
    private let connection: Connection

    init(_ connection: Connection) {
        self.connection = connection
    }

    /// A value by its name, compared by its UTF-8 bytes; nil if it is not set, and setting nil removes it. May be used
    /// on any thread, each access by itself.
    public subscript(name: String) -> Value? {
        get { connection.metadataStorage.load()?[name] }
        nonmutating set {
            if let metadata = connection.metadataStorage.load() {
                metadata[name] = newValue
            } else if let newValue {
                connection.metadataStorage.storeIfNil(SessionAttributes())[name] = newValue
            }
        }
    }

    /// A copy of all of it. Of names that are canonically equivalent it has the first by their bytes.
    public var all: [String: Value] { connection.metadataStorage.load()?.snapshot.dictionary ?? [:] }
}

extension Connection {
    /// What others may learn of the connection: `connection.metadata["name"] = "Ann"`.
    public var metadata: ConnectionMetadata { ConnectionMetadata(self) }
}
