import Webshocket

extension ClientConfiguration {
    /// The configuration of soak clients. They detect a stall within three seconds, and reconnect quickly.
    static var soak: ClientConfiguration {
        var configuration = ClientConfiguration()
        configuration.proxy = .none
        configuration.connectTimeout = .seconds(2)
        configuration.closeTimeout = .seconds(1)
        configuration.heartbeat = Heartbeat(interval: .seconds(1), timeout: .seconds(2))
        configuration.reconnect = .exponential(
            base: .milliseconds(200), cap: .milliseconds(500), healthyAfter: .seconds(1))
        return configuration
    }
}
