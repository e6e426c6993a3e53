/// The messages of one peer that wait because its calls in flight are at their limit, or because a handler has not
/// returned. They are processed in the order in which they arrived.
///
/// Confined to the connection's loop. A connection has one only while messages wait, or shortly after.
package final class MessageBacklog {
    /// A message that waits.
    package struct Entry {
        package let kind: MessageKind
        package let bytes: [UInt8]
        /// The ID by which the peer can abort the call; nil for notifications and other messages.
        package let callID: [UInt8]?
        /// Whether the message is a call, which must also wait while the calls in flight are at their limit.
        package let isCall: Bool
        /// Whether the message is a call of a method that streams.
        package let isStream: Bool

        fileprivate var size: Int { bytes.count + 64 }

        package init(
            kind: MessageKind, bytes: [UInt8], callID: [UInt8]? = nil, isCall: Bool = false, isStream: Bool = false
        ) {
            self.kind = kind
            self.bytes = bytes
            self.callID = callID
            self.isCall = isCall
            self.isStream = isStream
        }
    }

    /// The maximum size in bytes of the messages that wait. A message that exceeds it is still added.
    package static let capacity = 1_048_576
    /// The maximum rate of requests that do not wait. The burst is enough to abort four times the default limit.
    private static let promptRate = TokenRate(calls: 1_000, per: .seconds(1), burst: 8_192)

    private var entries = LinkedQueue<Entry>()
    /// The position of the latest entry with each call ID.
    private var places: [[UInt8]: LinkedQueue<Entry>.Place] = [:]
    private var bytes = 0
    private let limit: Int
    private let start: ContinuousClock.Instant
    private var promptRequests = TokenBucket()

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

    /// Removes the latest message with this ID. After that, earlier ones with the same ID cannot be removed.
    /// - Returns: The message; nil if there is none.
    package func remove(_ callID: [UInt8]) -> Entry? { places[callID].flatMap { remove(at: $0) } }

    private func remove(at place: LinkedQueue<Entry>.Place) -> Entry? {
        guard let entry = entries.remove(at: place) else { return nil }
        bytes -= entry.size
        if let id = entry.callID, places[id] == place { places[id] = nil }
        return entry
    }

    /// Counts a request that is processed before the messages that wait.
    /// - Returns: The time for which reading must pause, because the peer sends such requests too fast; usually nil.
    package func pauseAfterPromptRequest(at now: ContinuousClock.Instant) -> Duration? {
        let price = Self.promptRate.price(of: 1)
        _ = promptRequests.take(price, of: Self.promptRate, at: now - start)
        return promptRequests.wait(for: price, of: Self.promptRate, at: now - start)
    }

    /// Whether a new backlog would be the same: no message waits, and the rate is not used.
    package func isUnused(at now: ContinuousClock.Instant) -> Bool {
        isEmpty && promptRequests.isFull(at: now - start, calls: Self.promptRate.calls)
    }
}
