/// An event in the life of a client; see ``WebSocketClient/events(withMessages:)`` and
/// ``WebSocketClient/observe(withMessages:_:)``.
public enum ClientEvent: Sendable {
    /// A connection attempt starts. The number counts the attempts in a row, from 1.
    case connecting(attempt: Int)
    /// The connection is open: the server has answered the hello, and ``ClientConfiguration/prepare`` has returned.
    case open(attempt: Int)
    /// The subscriptions and rooms of an earlier connection were requested again, and the server has answered.
    case restored(ClientRestoration)
    /// The connection ended or could not be made, for the given reason. The next attempt starts after a pause.
    case waiting(RetryDelay, attempt: Int, error: any Error)
    /// The server accepted a new token before the admission expired. The new one expires after the given time, or
    /// never if that is nil. See ``ClientConfiguration/token``.
    case renewed(expiresIn: Duration?)
    /// The admission could not be renewed, for the given reason. The next attempt starts after a pause. A pause of
    /// nil means that too little time is left: the server ends the connection when the admission expires.
    case renewalFailed(error: any Error, delay: RetryDelay?)
    /// The client is closed, and does not reconnect unless ``WebSocketClient/connect(retry:)`` is called. The error is
    /// the reason, or nil if this side closed the connection.
    case closed(error: (any Error)?)
    /// A message was put into the outbox. This includes calls and the client's internal requests. Reported only to
    /// observers with `withMessages`.
    case sent(WebSocketMessage)
    /// A message was received. This includes responses. Reported only to observers with `withMessages`. A text message
    /// above the limits of Protocol.md, "Text", is reported as a binary message.
    case received(WebSocketMessage)
}

/// The result of restoring subscriptions and rooms on a new connection.
public struct ClientRestoration: Sendable {
    /// The channels and patterns that the client is subscribed to again.
    public internal(set) var channels: [String] = []
    /// The rooms that the client is a member of again.
    public internal(set) var rooms: [String] = []
    /// The channels, patterns and rooms that the server refused, with its errors. The client does not request them
    /// again.
    public internal(set) var refused: [(name: String, error: RPCError)] = []
}

/// The state of a client.
public enum ClientState: Sendable, Hashable {
    /// The client was never connected.
    case idle
    /// The client is connecting or preparing a new connection.
    case connecting
    /// The client is connected.
    case open
    /// The client is waiting for its next connection attempt.
    case waiting
    /// The client is closing its connection.
    case closing
    /// The client has no connection and does not try to connect.
    case closed
}
