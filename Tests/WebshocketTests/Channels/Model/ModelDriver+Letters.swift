import Webshocket

extension ModelDriver {
    /// Publishes a letter to some of the driver's channels, or broadcasts it.
    mutating func publish() {
        let names = random.next(upTo: 12) == 0 ? [] : some(of: channels, atMost: random.next(upTo: 4) == 0 ? 3 : 1)
        let excluded = random.next(upTo: 4) == 0 ? some(of: members.map(\.id), atMost: 2) : []
        let letter = Letter(driver: number, turn: turn)
        model.publish(letter, to: names, excluding: excluded)
        let publication = publication(letter, to: names, excluding: excluded)
        directory.deliver(publication) { [delivered] report in
            if !names.isEmpty { delivered.add(report.delivered) }
        }
    }

    /// Publishes a letter to shared channels. The model does not know all recipients of these, so the test checks them.
    mutating func publishShared() {
        let names = some(of: sharedSelectors.map(\.text), atMost: 2)
        let excluded = some(of: members.map(\.id), atMost: 1)
        let letter = Letter(driver: number, isShared: true, turn: turn)
        sharedLetters += 1
        directory.deliver(publication(letter, to: names, excluding: excluded)) { _ in }
    }

    private mutating func publication(
        _ letter: Letter, to names: [String], excluding excluded: [UInt64]
    ) -> Publication {
        turn += 1
        let forms = directory.readers.formsInUse
        let channels: [String?] = names.isEmpty ? [nil] : names
        let messages = channels.enumerated().map { part, name in
            var letter = letter
            letter.part = part
            return PublishedMessage(channel: name, forms: forms) { _ in letter.message }
        }
        return Publication(messages, where: nil, excluding: excluded, isAwaited: false)
    }

    /// Picks random elements of a list, each at most once, in random order.
    mutating func some<Element>(of list: [Element], atMost most: Int) -> [Element] {
        guard !list.isEmpty else { return [] }
        var left = list
        return (0..<min(random.next(upTo: most) + 1, list.count)).map { _ in
            left.remove(at: random.next(upTo: left.count))
        }
    }

    mutating func aRoom(_ isShared: Bool) -> ChannelSelector {
        let rooms = isShared ? sharedSelectors : Array(selectors.prefix(channels.count))
        return rooms[random.next(upTo: rooms.count)]
    }
}
