/// A path of a server, and the handler of its connections.
public struct WebSocketRoute: Sendable {
    /// The handler of a path.
    enum Service: Sendable {
        case packets(any WebSocketHandler)
        case messages(RawMessages)
    }

    /// The declaration of a path for raw messages.
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

    /// A closure that handles a raw message.
    public typealias MessageBody = nonisolated(nonsending) @Sendable (Connection, WebSocketMessage) async throws -> Void

    /// A closure that is called when a peer has connected, before any of its messages is read.
    public typealias ConnectBody = nonisolated(nonsending) @Sendable (Connection) async throws -> Void

    /// A closure that is called when a connection has ended.
    public typealias DisconnectBody = nonisolated(nonsending) @Sendable (Connection, ConnectionClosure) async -> Void

    let path: String
    let service: Service

    /// Serves calls and packets on `path`.
    /// - Parameters:
    ///   - path: The path of the upgrade request, compared byte for byte; begins with `/` and has no query.
    ///   - handler: The handler that all connections to the path share.
    public init(_ path: String, _ handler: some WebSocketHandler) {
        self.path = path
        service = .packets(handler)
    }
}

// MARK: - Raw messages

extension WebSocketRoute {
    /// Serves raw messages on `path`. The messages of a connection are handled one at a time.
    ///
    ///     WebSocketRoute("/echo", access: .everyone) { connection, message in connection.send(message) }
    ///
    /// - Parameters:
    ///   - path: The path of the upgrade request, compared byte for byte; begins with `/` and has no query.
    ///   - access: The clients that may connect and send, and their rate limits. A raw path accepts no tokens, so an
    ///     authentication must decide by the upgrade request. A requirement is checked after `onConnect` and for each
    ///     message; a client that does not satisfy it is closed with 1008 "Access denied". A client that exceeds a rate
    ///     limit is closed with 1013.
    ///   - subprotocols: The supported subprotocols, in order of preference. The server selects the first of them that
    ///     a client offers; see ``Connection/subprotocol``. A client that offers none is accepted without a
    ///     subprotocol.
    ///   - onMessage: Called for each message; the next message of the connection is read after it returns. If it
    ///     throws a ``ConnectionClosure``, the connection is closed with its code, after any other error with 1011.
    ///   - onConnect: Called when a peer has connected, before any of its messages is read. It can throw a
    ///     ``ConnectionClosure`` to reject the peer.
    ///   - onDisconnect: Called when a connection has ended, once for each connection that was passed to `onConnect`.
    ///     It is called even if there is no `onConnect`.
    public init(
        _ path: String, access: Access, subprotocols: [String] = [],
        onMessage: @escaping MessageBody, onConnect: ConnectBody? = nil,
        onDisconnect: DisconnectBody? = nil
    ) {
        self.init(path, subprotocols, access, .everything(onMessage), onConnect, onDisconnect)
    }

    /// Serves raw messages of one type on `path`. The messages of a connection are handled one at a time.
    ///
    ///     WebSocketRoute("/echo", access: .everyone, receiving: String.self) { connection, text in try connection.send(text) }
    ///     WebSocketRoute("/scores", access: .everyone, receiving: Score.self) { connection, score in … } onConnect: { connection in … }
    ///
    /// A peer that sends a message of the wrong kind is closed with 1003. If a message is not JSON, or does not have
    /// the type, its connection is closed with 1007. See Protocol.md, "Messages".
    /// - Parameters:
    ///   - path: The path of the upgrade request, compared byte for byte; begins with `/` and has no query.
    ///   - access: The clients that may connect and send, and their rate limits. A raw path accepts no tokens, so an
    ///     authentication must decide by the upgrade request. A requirement is checked after `onConnect` and for each
    ///     message; a client that does not satisfy it is closed with 1008 "Access denied". A client that exceeds a rate
    ///     limit is closed with 1013.
    ///   - subprotocols: The supported subprotocols, in order of preference. The server selects the first of them that
    ///     a client offers; see ``Connection/subprotocol``. A client that offers none is accepted without a
    ///     subprotocol.
    ///   - type: `String` for text messages, `[UInt8]` for binary messages; any other type is decoded from JSON, in
    ///     text or binary messages.
    ///   - onMessage: Called for each message; the next message of the connection is read after it returns. If it
    ///     throws a ``ConnectionClosure``, the connection is closed with its code, after any other error with 1011.
    ///   - onConnect: Called when a peer has connected, before any of its messages is read. It can throw a
    ///     ``ConnectionClosure`` to reject the peer.
    ///   - onDisconnect: Called when a connection has ended, once for each connection that was passed to `onConnect`.
    ///     It is called even if there is no `onConnect`.
    public init<Content: Decodable & Sendable>(
        _ path: String, access: Access, subprotocols: [String] = [],
        receiving type: Content.Type,
        onMessage: nonisolated(nonsending) @escaping @Sendable (Connection, Content) async throws -> Void,
        onConnect: ConnectBody? = nil, onDisconnect: DisconnectBody? = nil
    ) {
        let handler = MessageHandler { (content: Content) in .later { try await onMessage($0, content) } }
        self.init(path, subprotocols, access, .kinds(MessageHandlers([handler])), onConnect, onDisconnect)
    }

    /// Serves raw messages of one type on `path` with a synchronous closure, which has less overhead than an
    /// asynchronous one.
    ///
    /// A peer that sends a message of the wrong kind is closed with 1003. If a message is not JSON, or does not have
    /// the type, its connection is closed with 1007. See Protocol.md, "Messages".
    /// - Parameters:
    ///   - path: The path of the upgrade request, compared byte for byte; begins with `/` and has no query.
    ///   - access: The clients that may connect and send, and their rate limits. A raw path accepts no tokens, so an
    ///     authentication must decide by the upgrade request. A requirement is checked after `onConnect` and for each
    ///     message; a client that does not satisfy it is closed with 1008 "Access denied". A client that exceeds a rate
    ///     limit is closed with 1013.
    ///   - subprotocols: The supported subprotocols, in order of preference. The server selects the first of them that
    ///     a client offers; see ``Connection/subprotocol``. A client that offers none is accepted without a
    ///     subprotocol.
    ///   - type: `String` for text messages, `[UInt8]` for binary messages; any other type is decoded from JSON, in
    ///     text or binary messages.
    ///   - onMessage: Called for each message; the next message of the connection is read after it returns. If it
    ///     throws a ``ConnectionClosure``, the connection is closed with its code, after any other error with 1011.
    ///   - onConnect: Called when a peer has connected, before any of its messages is read. It can throw a
    ///     ``ConnectionClosure`` to reject the peer.
    ///   - onDisconnect: Called when a connection has ended, once for each connection that was passed to `onConnect`.
    ///     It is called even if there is no `onConnect`.
    public init<Content: Decodable & Sendable>(
        _ path: String, access: Access, subprotocols: [String] = [],
        receiving type: Content.Type,
        onMessage: @escaping @Sendable (Connection, Content) throws -> Void,
        onConnect: ConnectBody? = nil, onDisconnect: DisconnectBody? = nil
    ) {
        let handler = MessageHandler { (content: Content) in .now { try onMessage($0, content) } }
        self.init(path, subprotocols, access, .kinds(MessageHandlers([handler])), onConnect, onDisconnect)
    }

    /// Serves raw messages on `path`, with a handler for each kind of message. The messages of a connection are handled
    /// one at a time.
    ///
    ///     WebSocketRoute("/mixed", access: .everyone) {
    ///         OnText { connection, text in … }
    ///         OnBinary { connection, bytes in … }
    ///     }
    ///
    /// A peer that sends a message of a kind without a handler is closed with 1003. If a message is not JSON, or does
    /// not have the handler's type, its connection is closed with 1007. See Protocol.md, "Messages".
    ///
    /// If a message handler throws a ``ConnectionClosure``, the connection is closed with its code, after any other
    /// error with 1011.
    /// - Parameters:
    ///   - path: The path of the upgrade request, compared byte for byte; begins with `/` and has no query.
    ///   - access: The clients that may connect and send, and their rate limits. A raw path accepts no tokens, so an
    ///     authentication must decide by the upgrade request. A requirement is checked after `onConnect` and for each
    ///     message; a client that does not satisfy it is closed with 1008 "Access denied". A client that exceeds a rate
    ///     limit is closed with 1013.
    ///   - subprotocols: The supported subprotocols, in order of preference. The server selects the first of them that
    ///     a client offers; see ``Connection/subprotocol``. A client that offers none is accepted without a
    ///     subprotocol.
    ///   - messages: At most one handler each of `OnText`, `OnBinary` and `OnJSON`.
    ///   - onConnect: Called when a peer has connected, before any of its messages is read. It can throw a
    ///     ``ConnectionClosure`` to reject the peer.
    ///   - onDisconnect: Called when a connection has ended, once for each connection that was passed to `onConnect`.
    ///     It is called even if there is no `onConnect`.
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
