/// A path of a server, and what is done for the peers that connect to it.
public struct Route: Sendable {
    /// What runs behind the path.
    enum Service: Sendable {
        case packets(any WebSocketHandler)
        case messages(MessageBody)
    }

    /// A handler of raw messages.
    public typealias MessageBody = nonisolated(nonsending) @Sendable (Connection, Message) async throws -> Void

    let path: String
    let service: Service

    /// Serves calls and packets on `path`.
    /// - Parameters:
    ///   - path: the path of the upgrade request, compared byte for byte; begins with `/`, without a query.
    ///   - handler: shared by all connections to the path.
    public init(_ path: String, _ handler: some WebSocketHandler) {
        self.path = path
        service = .packets(handler)
    }

    /// Serves raw messages on `path`, one after the other.
    /// - Parameters:
    ///   - path: as for a handler.
    ///   - onMessage: called for each message; the connection's next message is read when it has returned. An error
    ///     that it throws closes the connection: with its code for a ``ConnectionClosure``, with 1011 for another.
    public init(_ path: String, onMessage: @escaping MessageBody) {
        self.path = path
        service = .messages(onMessage)
    }
}
