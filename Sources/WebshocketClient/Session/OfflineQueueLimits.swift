/// The limits for calls and messages that are queued while a client has no connection.
public struct OfflineQueueLimits: Sendable, Hashable {
    /// The maximum number of queued calls and messages. More fail with ``ClientError/Code/queueFull``. With 0, nothing
    /// is queued, and everything fails at once with ``ClientError/Code/notConnected``.
    public var items: Int
    /// The maximum total size in bytes. Calls and messages that exceed it fail with ``ClientError/Code/queueFull``.
    public var bytes: Int
    /// The default time that a call or a message may wait for a connection. After that, it fails with
    /// ``ClientError/Code/expired``. A call's timeout continues to run while it waits.
    public var timeToLive: Duration

    /// Queues nothing.
    public static let disabled = OfflineQueueLimits(items: 0)

    /// Creates limits.
    /// - Parameters:
    ///   - items: The maximum number of calls and messages, at least 0.
    ///   - bytes: The maximum total size in bytes, at least 0.
    ///   - timeToLive: The time that each may wait for a connection; positive.
    public init(items: Int = 1_024, bytes: Int = 1_048_576, timeToLive: Duration = .seconds(30)) {
        self.items = items
        self.bytes = bytes
        self.timeToLive = timeToLive
    }

    /// Checks that every limit is in its range.
    /// - Throws: ``ClientError`` that names the first invalid limit.
    func check() throws(ClientError) {
        for (name, number) in [("items", items), ("bytes", bytes)] where number < 0 {
            throw ClientError(.invalidConfiguration, "offlineQueue.\(name) must be at least 0 (got \(number))")
        }
        guard timeToLive > .zero else {
            throw ClientError(.invalidConfiguration, "offlineQueue.timeToLive must be positive (got \(timeToLive))")
        }
    }
}
