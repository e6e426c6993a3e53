/// Messages for many connections, ready for delivery on every loop.
package final class Publication: Sendable {
    /// One message for each channel of the publication, or a single message for a broadcast.
    let messages: [PublishedMessage]
    /// The condition that recipients must satisfy; nil for all.
    private let predicate: SessionCondition?
    /// The ids of the excluded connections, in ascending order.
    private let excluded: [UInt64]
    /// Whether the publisher waits until the recipients have room for more.
    let isAwaited: Bool

    /// - Parameter excluded: The ids of the connections that do not receive the publication.
    package init(
        _ messages: [PublishedMessage], where predicate: SessionCondition?, excluding excluded: [UInt64],
        isAwaited: Bool
    ) {
        self.messages = messages
        self.predicate = predicate
        self.excluded = excluded.sorted()
        self.isAwaited = isAwaited
    }

    /// The approximate size in bytes.
    var cost: Int { messages.reduce(512) { $0 + $1.cost } }

    /// The publication for another server: without excluded ids, which are local to this server, and without waiting.
    package var forAnotherServer: Publication {
        Publication(messages, where: predicate, excluding: [], isAwaited: false)
    }

    /// The decision whether a connection receives a message.
    enum Verdict {
        case deliver
        /// The rule of the message's channel denies this message.
        case refuseMessage
        /// The connection receives none of the publication's messages.
        case refuseAll
    }

    /// Decides whether a connection receives a message of the publication.
    /// - Complexity: Logarithmic in the number of excluded connections, plus the cost of the predicates.
    func validate(_ seat: Seat, _ message: PublishedMessage) -> Verdict {
        guard !isExcluded(seat.id) else { return .refuseAll }
        if let requirement = message.requirement, !seat.recipient.satisfies(requirement) { return .refuseMessage }
        if let predicate, !seat.recipient.satisfies(predicate) { return .refuseAll }
        return .deliver
    }

    private func isExcluded(_ id: UInt64) -> Bool {
        var low = 0
        var high = excluded.count
        while low < high {
            let middle = (low + high) / 2
            if excluded[middle] == id { return true }
            if excluded[middle] < id { low = middle + 1 } else { high = middle }
        }
        return false
    }
}
