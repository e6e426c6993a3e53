/// Something that goes to many connections, ready to be delivered on every loop.
package final class Publication: Sendable {
    /// One for each channel that it was published to; one for a broadcast.
    let messages: [PublishedMessage]
    /// Who gets it; nil for whoever there is.
    private let predicate: SessionCondition?
    /// The ids of those that do not get it, in ascending order.
    private let excluded: [UInt64]
    /// Whether the publisher waits until there is room.
    let isAwaited: Bool

    /// - Parameter excluded: the ids of those that do not get it.
    package init(
        _ messages: [PublishedMessage], where predicate: SessionCondition?, excluding excluded: [UInt64],
        isAwaited: Bool
    ) {
        self.messages = messages
        self.predicate = predicate
        self.excluded = excluded.sorted()
        self.isAwaited = isAwaited
    }

    /// About how many bytes it takes up.
    var cost: Int { messages.reduce(512) { $0 + $1.cost } }

    /// The same for another server, where ids name other connections, and nobody is waited for.
    package var forAnotherServer: Publication {
        Publication(messages, where: predicate, excluding: [], isAwaited: false)
    }

    /// Whether a connection may get a message.
    enum Verdict {
        case deliver
        /// The rule of the message's channel refuses this message.
        case refuseMessage
        /// The connection gets none of the publication's messages.
        case refuseAll
    }

    /// Decides whether a connection gets a message of it.
    /// - Complexity: logarithmic in the number of excluded connections, and what the predicates cost.
    func judge(_ seat: Seat, _ message: PublishedMessage) -> Verdict {
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
