/// How long a server waits for its peers.
public struct Timeouts: Sendable {
    /// From accept to the end of the upgrade request, TLS included, and of what a path's ``Authentication`` makes of
    /// it; bytes that dribble in do not extend it. Of a further request on the same connection, from its first byte.
    public var handshake: Duration = .seconds(10)
    /// From an open WebSocket to the end of what a path's ``Authentication`` makes of the token that it waits for; then
    /// 1008. As long may later take what it makes of another token.
    public var authentication: Duration = .seconds(10)
    /// From the end of an answer to the first byte of the next request; then the connection is closed. Longer than the
    /// minute for which proxies keep connections, as a rule, so that none asks on one that is just being closed.
    public var keepAlive: Duration = .seconds(75)
    /// How long a ``Page`` may take to make its answer, or a file to be found; then 503.
    public var page: Duration = .seconds(30)
    /// How long a peer may read nothing of an answer that waits for it; then the connection is dropped.
    public var sending: Duration = .seconds(60)
    /// From our close frame to the peer's; then the connection is dropped.
    public var close: Duration = .seconds(5)
    /// From the start of a graceful shutdown to its end: how long calls in flight may take to finish.
    public var shutdown: Duration = .seconds(10)

    /// How peers that are gone without a word are found out; nil to leave that to TCP.
    public var heartbeat: Heartbeat? = Heartbeat()

    /// The defaults.
    public init() {}

    /// - Throws: ``StartupError`` that names the first setting that is out of its range.
    func check() throws(StartupError) {
        let positive = [
            ("handshake", handshake), ("authentication", authentication), ("keepAlive", keepAlive), ("page", page),
            ("sending", sending), ("close", close), ("shutdown", shutdown),
        ]
        for (name, timeout) in positive where timeout <= .zero {
            throw StartupError(code: .badConfiguration, message: "timeouts.\(name) is to be positive, not \(timeout)")
        }
        if let flaw = heartbeat?.flaw {
            throw StartupError(code: .badConfiguration, message: "timeouts.\(flaw)")
        }
    }
}
