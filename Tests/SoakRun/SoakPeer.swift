import Webshocket

/// A client that connects again by itself, as a soak uses one; the seam at which one way to do so is changed for another.
package protocol SoakPeer: Sendable {
    /// Connects, subscribes, and hands over what is published, again and again until it is stopped.
    func run() async
    /// Has ``run()`` end.
    func stop() async
    /// Waits for a connection if there is none; all in the given time.
    /// - Parameter isIdempotent: it may be sent again when the connection was lost.
    func call(_ method: String, _ arguments: [Value], within time: Duration, isIdempotent: Bool) async throws -> Value
    /// The client to stream from, when there is a connection.
    func client(within time: Duration) async throws -> WebSocketClient
    var isConnected: Bool { get }
}

/// How the peers of a soak are set.
package struct SoakPeerSettings: Sendable {
    package var url: String
    package var channels: [String] = []
    /// A pause before each attempt is picked at random from zero to this.
    package var longestPause = Duration.milliseconds(500)
    package var onAttempt: @Sendable () -> Void = {}
    package var onConnect: @Sendable () -> Void = {}
    package var onPacket: @Sendable (Packet) -> Void = { _ in }

    package init(url: String) { self.url = url }

    var client: ClientConfiguration {
        var configuration = ClientConfiguration()
        configuration.connectTimeout = .seconds(2)
        configuration.closeTimeout = .seconds(1)
        configuration.heartbeat = Heartbeat(interval: .seconds(1), timeout: .seconds(2))
        return configuration
    }
}
