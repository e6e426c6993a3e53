/// How a side finds out that its peer is gone without a word: it sends pings, and expects to hear something
/// (RFC 6455, 5.5.2).
///
/// Any whole message, ping or pong is a sign of life, and so are 16 KiB of a message that is still under way; fewer
/// bytes are not. See Protocol.md, "Heartbeat".
public struct Heartbeat: Sendable, Hashable {
    /// From one ping to the next.
    public var interval: Duration
    /// From a ping to the moment at which it counts as missed, unless there was a sign of life by then.
    public var timeout: Duration
    /// How many pings in a row are missed when the connection is given up, 1 or more.
    public var missedPings: Int

    /// Describes a heartbeat; a connection of which nothing is heard ends `interval` and `timeout` after it fell
    /// silent, or up to an interval earlier.
    /// - Parameters:
    ///   - interval: from one ping to the next; longer than zero. The next ping waits for the verdict on the last.
    ///   - timeout: how long a sign of life may take; longer than zero.
    ///   - missedPings: how many pings in a row are missed when the connection is given up, 1 or more.
    public init(interval: Duration = .seconds(25), timeout: Duration = .seconds(20), missedPings: Int = 1) {
        self.interval = interval
        self.timeout = timeout
        self.missedPings = missedPings
    }

    /// What is wrong with it, for whoever has set it; nil where nothing is.
    var flaw: String? {
        for (name, time) in [("interval", interval), ("timeout", timeout)] where time <= .zero {
            return "heartbeat.\(name) is to be positive, not \(time)"
        }
        return missedPings < 1 ? "heartbeat.missedPings is to be 1 or more, not \(missedPings)" : nil
    }
}
