/// A path of a server, and what is done for the peers that connect to it.
public struct Route: Sendable {
    /// What runs behind the path.
    enum Service: Sendable {
        case packets(any WebSocketHandler)
        case messages(RawMessages)
    }

    /// What hears raw messages, as it was declared.
    struct RawMessages: Sendable {
        enum Listener: Sendable {
            case everything(MessageBody)
            case kinds(MessageHandlers)
        }

        let listener: Listener
        let onConnect: ConnectBody?
        let onDisconnect: DisconnectBody?
        let subprotocols: [String]
        let access: Access
    }

    /// A handler of raw messages.
    public typealias MessageBody = nonisolated(nonsending) @Sendable (Connection, Message) async throws -> Void

    /// What is called when a peer has connected, before any of its messages is read.
    public typealias ConnectBody = nonisolated(nonsending) @Sendable (Connection) async throws -> Void

    /// What is called when a connection has ended.
    public typealias DisconnectBody = nonisolated(nonsending) @Sendable (Connection, ConnectionClosure) async -> Void

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
}

// MARK: - Raw messages

extension Route {
    /// Serves raw messages on `path`, one after the other.
    ///
    ///     Route("/echo", access: .everyone) { connection, message in connection.send(message) }
    ///
    /// - Parameters:
    ///   - path: as for a handler.
    ///   - access: the clients that may connect and send, and their rate limits. A path without packets accepts no tokens, so an
    ///     authentication must decide by the upgrade request. A requirement is checked after `onConnect` and for each
    ///     message; a client that does not satisfy it is closed with 1008 "Access denied". Each message is charged to the
    ///     rate limits; past them, the connection is closed with 1013.
    ///   - subprotocols: what is spoken here, in the order of preference; the first that a client offers is selected,
    ///     and ``Connection/subprotocol`` tells which. A client that offers none of them is accepted without a
    ///     sub-protocol.
    ///   - onMessage: called for each message; the connection's next message is read when it has returned. An error
    ///     that it throws closes the connection: with its code for a ``ConnectionClosure``, with 1011 for another.
    ///   - onConnect: called when a peer has connected, before any of its messages is read; it may turn the peer away
    ///     by throwing a ``ConnectionClosure``.
    ///   - onDisconnect: called once for each connection that `onConnect` was called for, or would have been, when it
    ///     has ended.
    public init(
        _ path: String, access: Access, subprotocols: [String] = [],
        onMessage: @escaping MessageBody, onConnect: ConnectBody? = nil,
        onDisconnect: DisconnectBody? = nil
    ) {
        self.init(path, subprotocols, access, .everything(onMessage), onConnect, onDisconnect)
    }

    /// Serves raw messages of one type on `path`, one after the other.
    ///
    ///     Route("/echo", access: .everyone, receiving: String.self) { connection, text in try connection.send(text) }
    ///     Route("/scores", access: .everyone, receiving: Score.self) { connection, score in … } onConnect: { connection in … }
    ///
    /// A peer that sends a message of the other kind is closed with 1003, one whose message is not JSON, or not of the
    /// type, with 1007. See Protocol.md, "Messages".
    /// - Parameters:
    ///   - path: as for a handler.
    ///   - access: as above.
    ///   - subprotocols: as above.
    ///   - type: `String` for text messages, `[UInt8]` for binary ones; any other type is read from JSON, in text or
    ///     binary messages.
    ///   - onMessage: as above.
    ///   - onConnect: as above.
    ///   - onDisconnect: as above.
    public init<Content: Decodable & Sendable>(
        _ path: String, access: Access, subprotocols: [String] = [],
        receiving type: Content.Type,
        onMessage: nonisolated(nonsending) @escaping @Sendable (Connection, Content) async throws -> Void,
        onConnect: ConnectBody? = nil, onDisconnect: DisconnectBody? = nil
    ) {
        let handler = MessageHandler { (content: Content) in .later { try await onMessage($0, content) } }
        self.init(path, subprotocols, access, .kinds(MessageHandlers([handler])), onConnect, onDisconnect)
    }

    /// Serves raw messages of one type on `path` with a synchronous closure, which costs less; else as above.
    public init<Content: Decodable & Sendable>(
        _ path: String, access: Access, subprotocols: [String] = [],
        receiving type: Content.Type,
        onMessage: @escaping @Sendable (Connection, Content) throws -> Void,
        onConnect: ConnectBody? = nil, onDisconnect: DisconnectBody? = nil
    ) {
        let handler = MessageHandler { (content: Content) in .now { try onMessage($0, content) } }
        self.init(path, subprotocols, access, .kinds(MessageHandlers([handler])), onConnect, onDisconnect)
    }

    /// Serves raw messages on `path`, each kind with a handler of its own, one message after the other.
    ///
    ///     Route("/mixed", access: .everyone) {
    ///         OnText { connection, text in … }
    ///         OnBinary { connection, bytes in … }
    ///     }
    ///
    /// What none of them is for is closed as for one type. An error of theirs closes the connection as above.
    /// - Parameters:
    ///   - path: as for a handler.
    ///   - access: as above.
    ///   - subprotocols: as above.
    ///   - messages: of ``OnText(_:)``, ``OnBinary(_:)`` and ``OnJSON(_:)`` one each at most.
    ///   - onConnect: as above.
    ///   - onDisconnect: as above.
    public init(
        _ path: String, access: Access, subprotocols: [String] = [],
        @MessageHandlersBuilder messages: () -> MessageHandlers,
        onConnect: ConnectBody? = nil, onDisconnect: DisconnectBody? = nil
    ) {
        self.init(path, subprotocols, access, .kinds(messages()), onConnect, onDisconnect)
    }

    private init(
        _ path: String, _ subprotocols: [String], _ access: Access, _ listener: RawMessages.Listener,
        _ onConnect: ConnectBody?,
        _ onDisconnect: DisconnectBody?
    ) {
        self.path = path
        service = .messages(
            RawMessages(
                listener: listener, onConnect: onConnect, onDisconnect: onDisconnect, subprotocols: subprotocols,
                access: access))
    }
}
