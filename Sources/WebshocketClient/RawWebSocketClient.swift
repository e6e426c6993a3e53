/// A client of one raw WebSocket path: it sends and receives text and binary messages, and has no RPC methods.
///
///     let client = RawWebSocketClient("ws://127.0.0.1:5000/echo")
///     try await client.connect()
///     try await client.send(.text("hello"))
///     for try await message in client.messages { print(message) }
///
/// It may be used from any thread. It reconnects as ``WebSocketClient`` does; messages that it sends meanwhile wait for
/// the next connection.
public final class RawWebSocketClient: Sendable {
    private let base: WebSocketClient

    /// Creates a client. Nothing happens before ``connect(retry:)``.
    /// - Parameters:
    ///   - url: `ws://host[:port][/path][?query]`, the same with `wss:`, or `ws+unix:///path/to/socket[:/path]` for a
    ///     Unix-domain socket.
    ///   - configuration: The settings. ``ClientConfiguration/codec`` has no effect, and
    ///     ``ClientConfiguration/token`` must be nil. The client that ``ClientConfiguration/prepare`` receives can send
    ///     and receive raw messages only; its calls throw ``ClientError/Code/cannotEncode``.
    public init(_ url: String, configuration: ClientConfiguration = ClientConfiguration()) {
        var configuration = configuration
        configuration.isRaw = true
        base = WebSocketClient(url, configuration: configuration)
    }

    /// Whether the client is connected; it may change at any time.
    public var isConnected: Bool { base.isConnected }

    /// The state of the connection; it may change at any time.
    public var state: ClientState { base.state }

    /// Counters since the client was made.
    public var statistics: ClientStatistics { base.statistics }

    /// The subprotocol that the server selected for the last connection; nil if it selected none.
    public var subprotocol: String? { base.subprotocol }

    /// Connects to the server; returns when the handshake is complete.
    /// - Parameter retry: When to try again if the first attempt fails; nil to throw its error.
    /// - Throws: ``ClientError`` of the last attempt; `CancellationError` if the task is cancelled.
    public func connect(retry: RetryPolicy? = nil) async throws {
        try await base.connect(retry: retry)
    }

    /// Closes the connection and returns when it has ended; a no-op if there is none.
    /// - Parameters:
    ///   - code: The close code; not 1005, 1006 or 1015, which cannot be sent.
    ///   - reason: At most 123 bytes of UTF-8; a longer one is cut at a character.
    public func close(_ code: CloseCode = .normal, reason: String = "") async {
        await base.close(code, reason: reason)
    }

    /// Sends a message. Returns when it is in the outbox; waits while the outbox is full or there is no connection.
    /// - Parameters:
    ///   - message: The text or the bytes.
    ///   - timeToLive: How long the message may wait for a connection, positive; nil for the default of
    ///     ``ClientConfiguration/offlineQueue``.
    /// - Throws: ``ClientError`` if the message was not sent; `CancellationError` if the task is cancelled first.
    public func send(_ message: WebSocketMessage, timeToLive: Duration? = nil) async throws {
        try await base.send(message, timeToLive: timeToLive)
    }

    /// Waits for the next message. A text message above the limits of Protocol.md, "Text", arrives as a binary one.
    /// - Throws: ``ClientError`` if the connection ends and is not replaced; `CancellationError` if the task is
    ///   cancelled.
    public func receive() async throws -> WebSocketMessage {
        try await base.receiveMessage()
    }

    /// The messages that arrive, over all connections of this client. The sequence ends when either side closes the
    /// client for good. Two iterators divide the messages between them.
    public var messages: RawMessageSequence { RawMessageSequence(base: base) }

    /// The events of this client in order; each stream has all of them.
    /// - Parameter withMessages: Whether to include each message that is sent or received.
    public func events(withMessages: Bool = false) -> AsyncStream<ClientEvent> {
        base.events(withMessages: withMessages)
    }

    /// Calls a closure for each event of this client, in order, until the observation is cancelled or released.
    /// - Parameters:
    ///   - withMessages: Whether to include each message that is sent or received.
    ///   - tell: Called on the client's event loop; it must not block.
    public func observe(
        withMessages: Bool = false, _ tell: @escaping @Sendable (ClientEvent) -> Void
    ) -> ClientObservation {
        base.observe(withMessages: withMessages, tell)
    }
}

/// The messages of a raw client; see ``RawWebSocketClient/messages``.
public struct RawMessageSequence: AsyncSequence, Sendable {
    /// Takes the messages one by one.
    public struct AsyncIterator: AsyncIteratorProtocol {
        fileprivate let base: WebSocketClient

        /// Waits for the next message; nil after the client was closed for good.
        /// - Throws: ``ClientError`` if the connection is lost and not replaced; `CancellationError` if the task is
        ///   cancelled.
        public mutating func next() async throws -> WebSocketMessage? {
            try await base.untilClosed { try await $0.receiveMessage() }
        }
    }

    fileprivate let base: WebSocketClient

    /// Makes an iterator. Two iterators divide the messages between them.
    public func makeAsyncIterator() -> AsyncIterator { AsyncIterator(base: base) }
}
