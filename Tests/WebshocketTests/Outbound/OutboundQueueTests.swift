import Bytes
import Testing
import Webshocket

@Suite("An outbound queue")
struct OutboundQueueTests {
    private static let overhead = OutboundQueue.overhead

    /// A queue in which `count` messages of 10 bytes have room.
    private func queue(_ count: Int) -> OutboundQueue {
        OutboundQueue(capacity: count * (10 + Self.overhead))
    }

    @Test("accepts n messages at a capacity of n, and treats one more as declared")
    func cap() {
        let expected: [(OutboundQueue.Keeping, OutboundQueue.Action, left: [Int])] = [
            (.always, .overfull, [0, 1, 2]),
            (.alwaysAboveCap, .queuedAboveCap, [0, 1, 2, 3]),
            (.droppable, .queued(replaced: false, dropped: 1), [1, 2, 3]),
        ]
        for (keeping, action, left) in expected {
            var queue = queue(3)
            for number in 0..<3 {
                let taken = queue.append(.numbered(number), channel: "c", keeping)
                #expect(taken == .queued(replaced: false, dropped: 0))
            }
            #expect(queue.bytes == queue.capacity && queue.hasRoom)
            let last = queue.append(.numbered(3), channel: "c", keeping)
            #expect(last == action)
            #expect(queue.drained() == left.map { "\($0)" })
            #expect(queue.isEmpty && queue.bytes == 0)
        }
    }

    @Test("keeps messages of waiting publishers from using the room of other messages")
    func awaited() {
        var queue = queue(3)
        for number in 0..<3 { _ = queue.append(.numbered(number), channel: nil, .alwaysAboveCap) }
        let above = queue.append(.numbered(3), channel: nil, .alwaysAboveCap)
        #expect(above == .queuedAboveCap && !queue.hasRoom)
        let sent = queue.append(.text, sent: Array("4".utf8))
        #expect(sent == .queued(replaced: false, dropped: 0))
        let published = queue.append(.numbered(5), channel: nil, .always)
        #expect(published == .queued(replaced: false, dropped: 0))
        // Publishers that stopped waiting leave their messages in the queue, up to a limit.
        var taken = 0
        while queue.append(.numbered(6), channel: nil, .alwaysAboveCap) == .queuedAboveCap { taken += 1 }
        #expect(taken == 3)
    }

    @Test("drops a latest message that does not fit, and its predecessor")
    func refusedLatest() {
        var queue = queue(2)
        _ = queue.append(.numbered(0), channel: "a", .latest)
        _ = queue.append(.numbered(1), channel: nil, .always)
        let refused = queue.append(.sized(1_000), channel: "a", .latest)
        #expect(refused == .dropped)
        #expect(queue.drained() == ["1"])
    }

    @Test("keeps the latest message of each channel in publication order, and drops the oldest channel")
    func latest() {
        var queue = queue(3)
        var actions: [OutboundQueue.Action] = []
        for (number, channel) in [(0, "a"), (1, "b"), (2, "a"), (3, "c"), (4, "b"), (5, "d"), (6, "d")] {
            actions.append(queue.append(.numbered(number), channel: channel, .latest))
        }
        #expect(
            actions == [
                .queued(replaced: false, dropped: 0), .queued(replaced: false, dropped: 0),
                .queued(replaced: true, dropped: 0), .queued(replaced: false, dropped: 0),
                .queued(replaced: true, dropped: 0), .queued(replaced: false, dropped: 1),
                .queued(replaced: true, dropped: 0),
            ])
        #expect(queue.drained() == ["3", "4", "6"])
    }

    @Test("does not replace messages without a channel")
    func noChannel() {
        var queue = queue(2)
        for number in 0..<3 { _ = queue.append(.numbered(number), channel: nil, .latest) }
        #expect(queue.drained() == ["1", "2"])
    }

    @Test("does not move a busy channel back forever")
    func restless() {
        var queue = queue(10)
        for number in 0..<3 { _ = queue.append(.numbered(number), channel: "\(number)", .latest) }
        var hot: [String] = []
        for round in 0..<20 {
            // The other channels publish again as soon as they are sent, and the busy one is after them each time.
            let taken = queue.popNumber() ?? ""
            if taken.hasPrefix("hot") { hot.append(taken) }
            if let number = Int(taken) { _ = queue.append(.numbered(number), channel: "\(number)", .latest) }
            _ = queue.append(.numbered("hot-\(round)"), channel: "hot", .latest)
        }
        #expect(hot.count >= 2)
        #expect(hot == hot.sorted { $0.count == $1.count ? $0 < $1 : $0.count < $1.count })
        #expect(queue.drained().last == "hot-19")
    }

    @Test("drops only droppable messages to make room for others")
    func making() {
        var queue = queue(3)
        _ = queue.append(.text, sent: SharedMessage.number("sent-first"))
        for number in 0..<2 { _ = queue.append(.numbered(number), channel: "c", .droppable) }
        let first = queue.append(.text, sent: SharedMessage.number("sent-again"))
        #expect(first == .queued(replaced: false, dropped: 1))
        let second = queue.append(.numbered(2), channel: "d", .always)
        #expect(second == .queued(replaced: false, dropped: 1))
        let third = queue.append(.text, sent: SharedMessage.number("too much"))
        #expect(third == .overfull)
        let fourth = queue.append(.numbered(3), channel: "c", .latest)
        #expect(fourth == .dropped)
        #expect(queue.drained() == ["sent-first", "sent-again", "2"])
    }

    @Test("drops a message that is too large by itself, and no other")
    func tooLarge() {
        var queue = queue(2)
        _ = queue.append(.numbered(0), channel: "c", .droppable)
        let action = queue.append(.sized(3 * (10 + Self.overhead)), channel: "c", .latest)
        #expect(action == .dropped)
        #expect(queue.drained() == ["0"])
    }

    @Test("counts replies as answers and not towards the capacity")
    func replies() {
        var queue = queue(1)
        queue.append(.text, reply: [UInt8](repeating: 0, count: 1_000_000))
        #expect(queue.pushedBytes == 0 && queue.answerBytes == 1_000_000 + Self.overhead)
        let action = queue.append(.text, sent: SharedMessage.number("sent"))
        #expect(action == .queued(replaced: false, dropped: 0))
        #expect(queue.answerBytes == queue.bytes && queue.hasRoom)
    }

    @Test("limits the number of empty messages")
    func emptyMessages() {
        var queue = OutboundQueue(capacity: 1_048_576)
        let empty = SharedMessage.sized(0)
        var count = 0
        while case .queued = queue.append(empty, channel: nil, .always) { count += 1 }
        #expect(count == 1_048_576 / Self.overhead)
    }

    /// A naive implementation that scans all entries each time.
    private struct Model {
        struct Entry {
            let name: String
            let cost: Int
            let channel: String?
            let isPush: Bool
            var isAwaited = false
            let isDroppable: Bool
            let turn: Int
        }

        let capacity: Int
        var entries: [Entry] = []
        var taken = 0

        var pushed: Int { entries.filter { $0.isPush && !$0.isAwaited }.map(\.cost).reduce(0, +) }
        var awaited: Int { entries.filter(\.isAwaited).map(\.cost).reduce(0, +) }
        var kept: Int { entries.filter { $0.isPush && !$0.isAwaited && !$0.isDroppable }.map(\.cost).reduce(0, +) }

        mutating func append(
            _ name: String, _ cost: Int, channel: String?, _ keeping: OutboundQueue.Keeping
        ) -> OutboundQueue.Action {
            let isDroppable = [.droppable, .latest].contains(keeping)
            func entry(turn: Int = 0) -> Entry {
                Entry(
                    name: name, cost: cost, channel: keeping == .latest ? channel : nil, isPush: true,
                    isAwaited: keeping == .alwaysAboveCap, isDroppable: isDroppable, turn: turn)
            }
            let others = keeping == .alwaysAboveCap ? awaited : 0
            guard kept + others + cost <= capacity else {
                if keeping == .latest,
                    let index = entries.lastIndex(where: { $0.channel != nil && $0.channel == channel })
                {
                    entries.remove(at: index)
                }
                if isDroppable { return .dropped }
                guard keeping == .alwaysAboveCap, awaited / 2 <= capacity else { return .overfull }
                entries.append(entry())
                return .queuedAboveCap
            }
            var turn = taken + entries.count + 1
            var replaced = false
            if keeping == .latest, let channel, let index = entries.lastIndex(where: { $0.channel == channel }),
                taken < entries[index].turn
            {
                turn = entries.remove(at: index).turn
                replaced = true
            }
            var dropped = 0
            while pushed + others + cost > capacity, let index = entries.firstIndex(where: { $0.isDroppable }) {
                entries.remove(at: index)
                dropped += 1
            }
            entries.append(entry(turn: turn))
            return .queued(replaced: replaced, dropped: dropped)
        }

        mutating func popFirst() -> String? {
            guard !entries.isEmpty else { return nil }
            taken += 1
            let name = entries.removeFirst().name
            if entries.isEmpty { taken = 0 }
            return name
        }
    }

    @Test("behaves like a naive implementation over tens of thousands of random steps", arguments: [UInt64(1), 2, 3])
    func randomly(seed: UInt64) {
        var random = SplitMix(state: seed)
        var queue = OutboundQueue(capacity: 3_000)
        var model = Model(capacity: 3_000)
        let keepings: [OutboundQueue.Keeping] = [.always, .alwaysAboveCap, .droppable, .latest, .latest, .latest]
        for step in 0..<20_000 {
            let name = "\(step)"
            switch random.next(upTo: 10) {
            case 0...4:
                let padded = name + String(repeating: " ", count: random.next(upTo: 300))
                let channel = random.next(upTo: 8) == 0 ? nil : "\(random.next(upTo: 6))"
                let keeping = keepings[random.next(upTo: keepings.count)]
                let action = queue.append(.numbered(padded), channel: channel, keeping)
                let cost = max(10, padded.utf8.count) + Self.overhead
                #expect(action == model.append(name, cost, channel: channel, keeping))
            case 5:
                let action = queue.append(.text, sent: Array(name.utf8))
                #expect(action == model.append(name, name.utf8.count + Self.overhead, channel: nil, .always))
            case 6 where random.next(upTo: 3) == 0:
                queue.append(.text, reply: Array(name.utf8))
                model.entries.append(
                    Model.Entry(name: name, cost: 0, channel: nil, isPush: false, isDroppable: false, turn: 0))
            default:
                // Several at a time, so that the queue is often empty.
                for _ in 0..<random.next(upTo: 4) {
                    let popped = queue.popNumber()
                    #expect(popped == model.popFirst())
                }
            }
            #expect(queue.count == model.entries.count && queue.pushedBytes == model.pushed)
            #expect(queue.hasRoom == (model.pushed + model.awaited <= 3_000))
        }
        #expect(queue.drained() == model.entries.map(\.name))
        #expect(queue.isEmpty && queue.bytes == 0)
    }
}

extension SharedMessage {
    static func number(_ number: some CustomStringConvertible) -> [UInt8] { Array("\(number)".utf8) }

    /// A text, padded to 10 bytes with spaces.
    static func numbered(_ number: some CustomStringConvertible) -> SharedMessage {
        var text = Self.number(number)
        while text.count < 10 { text.append(0x20) }
        return SharedMessage(.text) { $0.append(contentsOf: text) }
    }

    static func sized(_ count: Int) -> SharedMessage {
        SharedMessage(.text) { $0.append(contentsOf: [UInt8](repeating: 0x78, count: count)) }
    }
}

extension OutboundQueue {
    /// The text of the oldest message, without its padding.
    mutating func popNumber() -> String? {
        switch popFirst() {
        case nil: nil
        case .shared(let message): message.withPayload { String(decoding: $0, as: UTF8.self).trimmed }
        case .bytes(_, let bytes): String(decoding: bytes, as: UTF8.self).trimmed
        case .reply(let reply): reply.withBytes { String(decoding: $0, as: UTF8.self).trimmed }
        }
    }

    @discardableResult
    mutating func append(_ kind: MessageKind, reply bytes: [UInt8]) -> ReplyAction {
        append(QueuedReply(kind, ByteBuffer(copying: bytes)))
    }

    mutating func drained() -> [String] {
        var texts: [String] = []
        while let text = popNumber() { texts.append(text) }
        return texts
    }
}

extension String {
    fileprivate var trimmed: String { String(prefix { $0 != " " }) }
}
