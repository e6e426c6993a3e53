/// The messages of one peer that wait because its calls in flight are at their limit, or because a handler has not
/// returned. They are processed in the order in which they arrived.
///
/// Confined to the connection's loop. A connection has one only while messages wait.
package final class MessageBacklog {
    /// A message that waits.
    package struct Entry {
        package let kind: MessageKind
        package let bytes: [UInt8]
        /// The ID by which the peer can abort the call; nil for notifications and other messages.
        package let callID: [UInt8]?
        /// Whether the message is a call, which must also wait while the calls in flight are at their limit.
        package let isCall: Bool

        fileprivate var size: Int { bytes.count + 64 }

        package init(kind: MessageKind, bytes: [UInt8], callID: [UInt8]?, isCall: Bool) {
            self.kind = kind
            self.bytes = bytes
            self.callID = callID
            self.isCall = isCall
        }
    }

    /// The maximum size in bytes of the messages that wait. A message that exceeds it is still added.
    package static let capacity = 1_048_576
    /// The maximum rate of orders while messages wait: enough to abort them all at once.
    private static let orderRate = TokenRate(calls: 1_000, per: .seconds(1), burst: 8_192)

    private var entries = LinkedQueue<Entry>()
    /// The position of the latest entry with each call ID.
    private var places: [[UInt8]: LinkedQueue<Entry>.Place] = [:]
    private var bytes = 0
    private let limit: Int
    private let start: ContinuousClock.Instant
    private var orders = TokenBucket()

    /// Creates an empty backlog.
    /// - Parameter limit: The maximum number of messages.
    package init(limit: Int, at now: ContinuousClock.Instant) {
        self.limit = limit
        start = now
    }

    package var isEmpty: Bool { entries.isEmpty }

    /// Whether reading must pause, because no further message may be added.
    package var isFull: Bool { entries.count >= limit || bytes >= Self.capacity }

    /// Whether reading may resume after ``isFull`` was true.
    package var hasRoom: Bool { entries.count <= limit / 2 && bytes <= Self.capacity / 2 }

    package var first: Entry? { entries.firstPlace.flatMap { entries[$0] } }

    package func append(_ entry: Entry) {
        let place = entries.append(entry)
        bytes += entry.size
        if let id = entry.callID { places[id] = place }
    }

    package func removeFirst() -> Entry? { entries.firstPlace.flatMap { remove(at: $0) } }

    /// Whether a call with this ID waits.
    package func contains(_ callID: [UInt8]) -> Bool { places[callID] != nil }

    /// Removes the latest call with this ID.
    /// - Returns: Whether there was one.
    package func remove(_ callID: [UInt8]) -> Bool {
        places[callID].map { remove(at: $0) != nil } ?? false
    }

    private func remove(at place: LinkedQueue<Entry>.Place) -> Entry? {
        guard let entry = entries.remove(at: place) else { return nil }
        bytes -= entry.size
        if let id = entry.callID, places[id] == place { places[id] = nil }
        return entry
    }

    /// Counts an order that is processed before the messages that wait.
    /// - Returns: The time for which reading must pause, because the peer sends orders too fast; nil usually.
    package func pauseAfterOrder(at now: ContinuousClock.Instant) -> Duration? {
        let price = Self.orderRate.price(of: 1)
        _ = orders.take(price, of: Self.orderRate, at: now - start)
        return orders.wait(for: price, of: Self.orderRate, at: now - start)
    }
}
