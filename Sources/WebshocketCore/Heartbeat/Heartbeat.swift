/// The settings for detecting a peer that is gone without closing the connection. Pings are sent, and a sign of life is
/// expected after each (RFC 6455, 5.5.2).
///
/// A sign of life is any whole message, ping or pong, or 16 KiB of an incomplete message. See Protocol.md, "Heartbeat".
public struct Heartbeat: Sendable, Hashable {
    /// The time from one ping to the next.
    public var interval: Duration
    /// The time after a ping within which a sign of life must arrive. Otherwise the ping is missed.
    public var timeout: Duration
    /// The number of consecutive missed pings after which the connection is closed; at least 1.
    public var missedPings: Int

    /// Creates the settings of a heartbeat.
    ///
    /// If one missed ping is allowed and `timeout` is not longer than `interval`, a silent connection is closed at most
    /// `interval + timeout` after the last sign of life.
    /// - Parameters:
    ///   - interval: The time from one ping to the next; longer than zero. A ping is not sent before the previous one
    ///     was answered or missed.
    ///   - timeout: The time after a ping within which a sign of life must arrive; longer than zero.
    ///   - missedPings: The number of consecutive missed pings after which the connection is closed; at least 1.
    public init(interval: Duration = .seconds(25), timeout: Duration = .seconds(20), missedPings: Int = 1) {
        self.interval = interval
        self.timeout = timeout
        self.missedPings = missedPings
    }

    /// A description of the invalid setting; nil if all are valid.
    package var flaw: String? {
        for (name, time) in [("interval", interval), ("timeout", timeout)] where time <= .zero {
            return "heartbeat.\(name) must be positive (got \(time))"
        }
        return missedPings < 1 ? "heartbeat.missedPings must be at least 1 (got \(missedPings))" : nil
    }
}
