/// What a client keeps of calls and messages while it has no connection, until it is connected again.
public struct OfflineQueueLimits: Sendable, Hashable {
    /// How many; one more fails with ``ClientError/Code/queueFull``. 0 to keep none: then all fail at once with
    /// ``ClientError/Code/notConnected``.
    public var items: Int
    /// Bytes of all of them; what goes beyond fails with ``ClientError/Code/queueFull``.
    public var bytes: Int
    /// How long each may wait for a connection unless it says otherwise; then it fails with
    /// ``ClientError/Code/expired``. A call's timeout goes on meanwhile.
    public var timeToLive: Duration

    /// Keeps nothing.
    public static let none = OfflineQueueLimits(items: 0)

    /// Makes limits that differ from the defaults in what is given.
    /// - Parameters:
    ///   - items: 0 or more.
    ///   - bytes: 0 or more.
    ///   - timeToLive: positive.
    public init(items: Int = 1_024, bytes: Int = 1_048_576, timeToLive: Duration = .seconds(30)) {
        self.items = items
        self.bytes = bytes
        self.timeToLive = timeToLive
    }

    /// - Throws: ``ClientError`` that names the first number out of its range.
    func check() throws(ClientError) {
        for (name, number) in [("items", items), ("bytes", bytes)] where number < 0 {
            throw ClientError(.invalidConfiguration, "offlineQueue.\(name) is to be 0 or more, not \(number)")
        }
        guard timeToLive > .zero else {
            throw ClientError(.invalidConfiguration, "offlineQueue.timeToLive is to be positive, not \(timeToLive)")
        }
    }
}
