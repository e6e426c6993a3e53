import Webshocket

/// A recipient that records the texts it receives. Confined like the index that it is used with.
final class FakeRecipient: Recipient {
    var attributes: [String: WireValue] = [:]
    private(set) var received: [String] = []
    /// The outcome of each delivery.
    var outcome = DeliveryOutcome.sent
    /// Called each time a predicate is evaluated.
    var onQuestion: () -> Void = {}

    func satisfies(_ predicate: SessionCondition) -> Bool {
        onQuestion()
        return predicate.holds(attributes)
    }

    func deliver(
        _ message: SharedMessage, channel: String?, policy: SlowConsumerPolicy?, isAwaited: Bool
    ) -> DeliveryOutcome {
        let text = message.withPayload { String(decoding: $0, as: UTF8.self) }
        received.append(channel.map { "\($0): \(text)" } ?? text)
        return outcome
    }

    func whenRoom(atMost time: Duration, _ resume: @escaping () -> Void) { resume() }
}

extension PublishedMessage {
    /// A message with a text in every form. The default text is the form's name.
    convenience init(
        _ channel: String?, _ text: String? = nil, requirement: (any SessionPredicate)? = nil,
        forms: [WireForm] = WireForm.allCases
    ) {
        self.init(channel: channel, requirement: requirement?.condition, forms: forms) { form in
            SharedMessage(.text) { $0.append(contentsOf: (text ?? "\(form)").utf8) }
        }
    }
}

extension Publication {
    convenience init(
        _ messages: PublishedMessage..., where predicate: (any SessionPredicate)? = nil, excluding excluded: UInt64...
    ) {
        self.init(messages, where: predicate?.condition, excluding: excluded, isAwaited: false)
    }

    /// A text for the subscribers of channels, or for all connections if there are none.
    convenience init(
        _ text: String, to channels: String..., where predicate: (any SessionPredicate)? = nil,
        excluding excluded: UInt64...
    ) {
        let messages = channels.isEmpty ? [PublishedMessage(nil, text)] : channels.map { PublishedMessage($0, text) }
        self.init(messages, where: predicate?.condition, excluding: excluded, isAwaited: false)
    }
}

extension ChannelSelector {
    /// Makes a selector from a valid name or pattern of segments.
    init(known text: String) {
        do {
            try self.init(text, syntax: .segments, limits: ChannelNameLimits())
        } catch {
            fatalError("\(text): \(error)")
        }
    }
}
