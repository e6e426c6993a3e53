/// The timeouts of a server for its peers. All must be positive.
public struct ServerTimeouts: Sendable {
    /// The time from accepting a connection until the upgrade request has been received and authenticated, including
    /// TLS. Partial data does not extend it. For a further request on the same connection, the time starts at its first
    /// byte.
    public var handshake: Duration = .seconds(10)
    /// The time from the upgrade until the path's ``Authentication`` has checked the token that it requires as the
    /// first message. If exceeded, the connection is closed with 1008. The check of each later token has the same
    /// timeout.
    public var authentication: Duration = .seconds(10)
    /// The time from the end of a response to the first byte of the next request. If exceeded, the connection is
    /// closed. The default is above the 60 s for which proxies usually keep idle connections. So a proxy does not send
    /// a request on a connection that is being closed.
    public var keepAlive: Duration = .seconds(75)
    /// The time for a ``HTTPRoute`` to produce its response, or for a file to be found. If exceeded, the response is 503.
    public var page: Duration = .seconds(30)
    /// The time for which a peer may read nothing of a pending response. If exceeded, the connection is dropped.
    public var sending: Duration = .seconds(60)
    /// The time from sending a close frame to receiving the peer's. If exceeded, the connection is dropped.
    public var close: Duration = .seconds(5)
    /// The time for a graceful shutdown, in which calls in flight may finish.
    public var shutdown: Duration = .seconds(10)

    /// The settings for detecting peers that have disappeared without closing; nil to rely on TCP.
    public var heartbeat: Heartbeat? = Heartbeat()

    /// Creates timeouts with their default values.
    public init() {}

    /// - Throws: ``ServerError`` that names the first timeout that is out of range.
    func check() throws(ServerError) {
        let positive = [
            ("handshake", handshake), ("authentication", authentication), ("keepAlive", keepAlive), ("page", page),
            ("sending", sending), ("close", close), ("shutdown", shutdown),
        ]
        for (name, timeout) in positive where timeout <= .zero {
            throw ServerError(code: .invalidConfiguration, message: "timeouts.\(name) must be positive (got \(timeout))")
        }
        if let flaw = heartbeat?.flaw {
            throw ServerError(code: .invalidConfiguration, message: "timeouts.\(flaw)")
        }
    }
}
