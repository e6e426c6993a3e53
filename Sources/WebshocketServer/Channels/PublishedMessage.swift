import Bytes
import Synchronization

/// A message for the subscribers of one channel, encoded once in each form that connections use.
package final class PublishedMessage: Sendable {
    /// The channel; nil for a broadcast.
    let channel: String?
    /// The condition of the channel's rule that recipients must satisfy.
    let requirement: SessionCondition?
    /// The policy of the channel's rule.
    let slowConsumers: SlowConsumerPolicy?
    /// Whether the message is delivered to subscribers of matching patterns.
    let reachesPatterns: Bool
    private let messagePack: SharedMessage?
    private let json: SharedMessage?
    private let value: SharedMessage?
    private let isCounted = Atomic(false)

    /// - Parameters:
    ///   - requirement: The condition of the channel's rule that recipients must satisfy.
    ///   - slowConsumers: The policy of the channel's rule.
    ///   - reachesPatterns: Whether the message is delivered to subscribers of matching patterns.
    ///   - encode: Makes the message in one form. Called for each of `forms`.
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

    /// The message in a form; nil if no connection used the form when the message was published.
    subscript(form: WireForm) -> SharedMessage? {
        switch form {
        case .messagePack: messagePack
        case .json: json
        case .values: value
        }
    }

    /// The approximate size in bytes.
    var cost: Int { (messagePack?.count ?? 0) + (json?.count ?? 0) + (value?.count ?? 0) }

    /// Returns true on the first call only, so that only one loop counts the message as published.
    func countsAsPublished() -> Bool {
        !isCounted.exchange(true, ordering: .relaxed)
    }
}
