/// The timeouts of a server for its peers. All must be positive.
public struct ServerTimeouts: Sendable {
    /// The time from accepting a connection until the upgrade request has been received and authenticated, including
    /// TLS. Partial data does not extend it. For a further request on the same connection, the time starts at its first
    /// byte.
    public var handshake: Duration
    /// The time from the upgrade until the path's ``Authentication`` has checked the token that it requires as the
    /// first message. If exceeded, the connection is closed with 4902, or with 1013 while a token is being checked. The
    /// check of each later token has the same timeout.
    public var authentication: Duration
    /// The time from the end of a response to the first byte of the next request. If exceeded, the connection is
    /// closed. The default is above the 60 s for which proxies usually keep idle connections. So a proxy does not send
    /// a request on a connection that is being closed.
    public var keepAlive: Duration
    /// The time for an ``HTTPRoute`` to produce its response, or for a file to be found. If exceeded, the response is
    /// 503.
    public var httpResponse: Duration
    /// The time for which a peer may read nothing of a pending response. If exceeded, the connection is dropped.
    public var write: Duration
    /// The time from sending a close frame to receiving the peer's. If exceeded, the connection is dropped.
    public var close: Duration
    /// The time for a graceful shutdown, in which calls in flight may finish.
    public var shutdown: Duration

    /// The settings for detecting peers that have disappeared without closing; nil to rely on TCP.
    public var heartbeat: Heartbeat?

    /// Makes timeouts that have the defaults except for the given ones; each is positive.
    /// - Parameters:
    ///   - handshake: From accept to the end of the upgrade request.
    ///   - authentication: From an open WebSocket to the end of its authentication.
    ///   - keepAlive: From an HTTP response to the next request.
    ///   - httpResponse: For an ``HTTPRoute`` to make its response.
    ///   - write: For a peer to read part of an HTTP response.
    ///   - close: From the server's close frame to the peer's.
    ///   - shutdown: For calls in flight to end during a graceful shutdown.
    ///   - heartbeat: When to ping silent peers; nil for never.
    public init(
        handshake: Duration = .seconds(10), authentication: Duration = .seconds(10),
        keepAlive: Duration = .seconds(75), httpResponse: Duration = .seconds(30), write: Duration = .seconds(60),
        close: Duration = .seconds(5), shutdown: Duration = .seconds(10), heartbeat: Heartbeat? = Heartbeat()
    ) {
        self.handshake = handshake
        self.authentication = authentication
        self.keepAlive = keepAlive
        self.httpResponse = httpResponse
        self.write = write
        self.close = close
        self.shutdown = shutdown
        self.heartbeat = heartbeat
    }

    /// - Throws: ``ServerError`` that names the first timeout that is out of range.
    func check() throws(ServerError) {
        let positive = [
            ("handshake", handshake), ("authentication", authentication), ("keepAlive", keepAlive),
            ("httpResponse", httpResponse),
            ("write", write), ("close", close), ("shutdown", shutdown),
        ]
        for (name, timeout) in positive where timeout <= .zero {
            throw ServerError(
                code: .invalidConfiguration, message: "timeouts.\(name) must be positive (got \(timeout))")
        }
        if let flaw = heartbeat?.flaw {
            throw ServerError(code: .invalidConfiguration, message: "timeouts.\(flaw)")
        }
    }
}
