/// What happens to a client; see ``WebSocketClient/events(withMessages:)`` and
/// ``WebSocketClient/observe(withMessages:_:)``.
public enum ClientEvent: Sendable {
    /// A try to connect begins: the first one, or one of a row.
    case connecting(attempt: Int)
    /// The connection is there, the server has answered the hello, and ``ClientConfiguration/prepare`` has returned.
    case open(attempt: Int)
    /// What the client had asked to hear of on an earlier connection was asked for again, and answered.
    case restored(ClientRestoration)
    /// There is no connection, for the reason given, and the next try begins after a pause.
    case waiting(ClientPause, attempt: Int, because: any Error)
    /// The server has accepted another token before the admission of the connection expired; it expires in the given
    /// time, or never if that is nil. See ``ClientConfiguration/token``.
    case renewed(expiresIn: Duration?)
    /// The admission of the connection could not be renewed, for the reason given, and the next try begins after a
    /// pause. Nil if too little time is left for one: then the server ends the connection when the admission expires.
    case renewalFailed(because: any Error, pause: ClientPause?)
    /// There is no connection, and there will be none unless ``WebSocketClient/connect(retry:)`` is called: because of
    /// what is told, or, where that is nil, because this side closed it.
    case closed(because: (any Error)?)
    /// A message was put into the outbox; calls and their framework's own orders among them. Sent only to
    /// observers with `withMessages`.
    case sent(Message)
    /// A message has arrived; replies among them. Sent only to observers with `withMessages`. A text message above the
    /// limits of Protocol.md, "Text", is shown as a binary one.
    case received(Message)
}

/// What became of subscriptions and rooms on a new connection.
public struct ClientRestoration: Sendable {
    /// Channels and patterns that the client hears of again.
    public internal(set) var channels: [String] = []
    /// Rooms that it is in again.
    public internal(set) var rooms: [String] = []
    /// Channels, patterns and rooms that it is not let into any more, with the server's answer; they are not asked for
    /// again.
    public internal(set) var refused: [(name: String, error: RPCError)] = []
}

/// Where a client is.
public enum ClientState: Sendable, Hashable {
    /// It was never connected.
    case idle
    /// It tries to connect, or prepares a new connection.
    case connecting
    /// It is connected.
    case open
    /// It will try to connect again.
    case waiting
    /// It is closing its connection.
    case closing
    /// It has no connection and seeks none.
    case closed
}
