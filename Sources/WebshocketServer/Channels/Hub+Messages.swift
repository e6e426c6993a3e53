import Bytes

// Encoding of values for publication.
extension Hub {
    func messages(
        _ value: some Encodable & Sendable, to channels: [String], _ event: String?
    ) throws -> [PublishedMessage] {
        try check(event: event)
        var messages: [PublishedMessage] = []
        for channel in channels.count > 1 ? channels.distinctNames : channels {
            try check(name: channel)
            messages.append(try message(value, .channel, event, channel: channel))
        }
        return messages
    }

    /// - Parameter channel: The channel that the message is published to; nil if there is none.
    func message<Content: Encodable & Sendable>(
        _ value: Content, _ source: Packet.Source, _ event: String?, channel: String? = nil
    ) throws -> PublishedMessage {
        let encoding = WireEncoding<Content>.resolve()
        let forms = settings.broker == nil ? directory.readers.formsInUse : WireForm.allCases
        let rule = channel.flatMap(rules.rule(forChannel:))
        return try PublishedMessage(
            channel: channel, requirement: channel.flatMap { rule?.requirement(of: self.channel($0)) },
            slowConsumers: rule?.slowConsumers, reachesPatterns: !(rule?.announcesMembers ?? false), forms: forms
        ) { form in
            switch form {
            case .messagePack:
                try SharedMessage(.binary) { buffer in
                    try PacketCodec.messagePack.writePacket(
                        source, data: value, using: encoding, channel: channel, event: event, into: &buffer)
                }
            case .json:
                try SharedMessage(settings.jsonKind) { buffer in
                    try PacketCodec.json.writePacket(
                        source, data: value, using: encoding, channel: channel, event: event, into: &buffer)
                }
            case .values: try SharedMessage { buffer in try form.write(value, into: &buffer) ?? .text }
            }
        }
    }

    func publication(
        _ messages: [PublishedMessage], where predicate: (any SessionPredicate)?, excluding excluded: [Connection],
        isAwaited: Bool = false
    ) -> Publication {
        Publication(messages, where: predicate?.condition, excluding: excluded.map(\.id), isAwaited: isAwaited)
    }
}
