import Bytes
import Synchronization

/// What one channel's subscribers get of a publication, encoded once in each form that somebody reads.
package final class PublishedMessage: Sendable {
    /// Nil for a broadcast.
    let channel: String?
    /// What the channel's rule asks of whoever gets it.
    let requirement: SessionCondition?
    /// What the channel's rule declares.
    let slowConsumers: SlowConsumerPolicy?
    /// Whether those get it that a pattern brings.
    let reachesPatterns: Bool
    private let messagePack: SharedMessage?
    private let json: SharedMessage?
    private let value: SharedMessage?
    private let isCounted = Atomic(false)

    /// - Parameters:
    ///   - requirement: what the channel's rule asks of whoever gets it.
    ///   - slowConsumers: what the rule declares.
    ///   - reachesPatterns: whether those get it that a pattern brings.
    ///   - encode: makes the message in one form; asked for those that are in use.
    package init<E: Error>(
        channel: String?, requirement: SessionCondition? = nil,
        slowConsumers: SlowConsumerPolicy? = nil, reachesPatterns: Bool = true, forms: some Sequence<WireForm>,
        _ encode: (WireForm) throws(E) -> SharedMessage
    ) throws(E) {
        self.channel = channel
        self.requirement = requirement
        self.slowConsumers = slowConsumers
        self.reachesPatterns = reachesPatterns
        var messagePack: SharedMessage?
        var json: SharedMessage?
        var value: SharedMessage?
        for form in forms {
            switch form {
            case .messagePack: messagePack = try encode(form)
            case .json: json = try encode(form)
            case .values: value = try encode(form)
            }
        }
        self.messagePack = messagePack
        self.json = json
        self.value = value
    }

    /// Nil for a form that nobody read when it was published: such a connection has come since.
    subscript(form: WireForm) -> SharedMessage? {
        switch form {
        case .messagePack: messagePack
        case .json: json
        case .values: value
        }
    }

    /// About how many bytes it takes up.
    var cost: Int { (messagePack?.count ?? 0) + (json?.count ?? 0) + (value?.count ?? 0) }

    /// True once, for the first loop that asks.
    func countsAsPublished() -> Bool {
        !isCounted.exchange(true, ordering: .relaxed)
    }
}
