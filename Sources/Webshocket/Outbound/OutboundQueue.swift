/// All that waits for one peer to read what it was sent before: first in, first out, whatever it is, so that what one
/// task sends stays in order.
///
/// A value without a socket: the owner puts in what finds no room there, does what the action says, and takes out when
/// there is room again. Each step costs the same however much waits; what is empty holds no memory.
package struct OutboundQueue {
    package enum Content {
        case shared(SharedMessage)
        case bytes(MessageKind, [UInt8])
        /// A response, or an element of a stream.
        case reply(QueuedReply)
    }

    /// What may become of a message of a channel.
    package enum Keeping {
        /// It is sent, or the connection ends.
        case always
        /// As always; and at the cap it is taken all the same, once for each publisher that then waits. It counts
        /// against others of its kind alone: who waits for room is not to leave none for who does not.
        case alwaysAboveCap
        /// The oldest of these make room.
        case droppable
        /// Droppable, and the next one of its channel takes its place.
        case latest
    }

    package enum Action: Equatable {
        /// It waits now, instead of what it replaced and of older ones that were dropped for it.
        case queued(replaced: Bool, dropped: Int)
        /// It waits now, above the cap: its publisher has to wait too.
        case queuedAboveCap
        /// It was dropped itself: what waits and may not be dropped leaves no room for it.
        case dropped
        /// It does not wait, and the connection is to end.
        case overfull
    }

    /// The outcome of queuing a reply.
    package enum ReplyAction: Equatable {
        case queued
        /// It exceeds ``replyCapacity`` and was dropped. The caller gets an error in its place.
        case dropped
        /// Not even an error would fit: the connection must end.
        case overfull
    }

    /// Who counts what waits.
    private enum Account {
        /// Messages that many get: counted towards the cap.
        case shared
        /// Those of publishers that wait: counted by themselves.
        case awaited
        /// What handlers send to this peer, often because it asked for it: counted towards the cap, and as an answer.
        case send
        /// Counted as an answer only: a large reply makes nobody slow.
        case reply
    }

    private struct Entry {
        let content: Content
        let account: Account
        let cost: Int
        /// The channel whose latest message this may be.
        let channel: ExactText?
        /// Where it stands among those that may be dropped.
        var droppable: LinkedQueue<Int>.Place?
    }

    /// The latest message of a channel that keeps no other.
    private struct Latest {
        let place: LinkedQueue<Entry>.Place
        /// How many will have been taken out when the turn of the channel's first message, which was replaced since, is
        /// over. A message that is still there then is not replaced any more: who publishes without rest would else
        /// stand behind the others for ever.
        let turn: Int
    }

    /// What one entry counts beside its bytes, about what it takes up: empty messages do not wait for nothing.
    package static let overhead = 64
    /// Replies of at most this size may use the ``reserve``. Every error that replaces a dropped reply is shorter, even
    /// if JSON escapes each byte of its `call_id`.
    package static let smallReply = 2_048
    /// Bytes beyond ``replyCapacity`` for small replies: enough for one reply to each call and stream that the default
    /// limits allow.
    package static let reserve = 524_288

    /// Bytes of messages that may wait, replies not counted.
    package let capacity: Int
    /// The number of bytes of replies that may wait. A single reply is queued whatever its size.
    package let replyCapacity: Int
    private var entries = LinkedQueue<Entry>()
    private var droppables = LinkedQueue<LinkedQueue<Entry>.Place>()
    private var latest: [ExactText: Latest] = [:]
    /// How many were taken out since nothing waited.
    private var taken = 0
    private var sharedBytes = 0
    private var awaitedBytes = 0
    private var sendBytes = 0
    /// Bytes of replies that wait.
    package private(set) var replyBytes = 0
    /// The number of replies that wait.
    package private(set) var replyCount = 0
    /// Of the shared bytes, those that may be dropped.
    private var droppableBytes = 0

    package init(capacity: Int, replyCapacity: Int = .max) {
        self.capacity = capacity
        self.replyCapacity = replyCapacity
    }

    package var isEmpty: Bool { entries.isEmpty }
    package var count: Int { entries.count }
    package var bytes: Int { sharedBytes + awaitedBytes + sendBytes + replyBytes }
    /// What counts towards the cap.
    package var pushedBytes: Int { sharedBytes + sendBytes }
    /// What the peer may have asked for.
    package var answerBytes: Int { sendBytes + replyBytes }
    /// Whether publishers that wait may go on.
    package var hasRoom: Bool { pushedBytes + awaitedBytes <= capacity }
}

// MARK: - In

extension OutboundQueue {
    /// Puts in a message that many get.
    /// - Parameter channel: nil for one that is of none, which replaces nothing.
    package mutating func append(_ message: SharedMessage, channel: String?, _ keeping: Keeping) -> Action {
        let cost = message.count + Self.overhead
        let channel = channel.map(ExactText.init)
        if case .alwaysAboveCap = keeping { return append(awaited: message, cost: cost) }
        guard fits(cost) else {
            switch keeping {
            case .always, .alwaysAboveCap: return .overfull
            case .droppable: return .dropped
            case .latest:
                // An older one would be taken for the latest.
                if let before = channel.flatMap({ latest[$0] }) { _ = remove(at: before.place) }
                return .dropped
            }
        }
        switch keeping {
        case .always, .alwaysAboveCap, .droppable:
            let dropped = makeRoom(for: cost)
            let place = add(.shared(message), .shared, cost: cost)
            if case .droppable = keeping { letDrop(place, cost: cost) }
            return .queued(replaced: false, dropped: dropped)
        case .latest:
            var turn = taken + entries.count + 1
            var replaced = false
            if let channel, let before = latest[channel], taken < before.turn {
                turn = before.turn
                replaced = true
                _ = remove(at: before.place)
            }
            let dropped = makeRoom(for: cost)
            let place = add(.shared(message), .shared, cost: cost, channel: channel)
            letDrop(place, cost: cost)
            if let channel { latest[channel] = Latest(place: place, turn: turn) }
            return .queued(replaced: replaced, dropped: dropped)
        }
    }

    /// Publishers that gave up waiting leave their messages here, so there is a bound for these too: twice the cap.
    private mutating func append(awaited message: SharedMessage, cost: Int) -> Action {
        guard pushedBytes - droppableBytes + awaitedBytes + cost > capacity else {
            let dropped = makeRoom(for: awaitedBytes + cost)
            add(.shared(message), .awaited, cost: cost)
            return .queued(replaced: false, dropped: dropped)
        }
        guard awaitedBytes / 2 <= capacity else { return .overfull }
        add(.shared(message), .awaited, cost: cost)
        return .queuedAboveCap
    }

    /// Puts in what is sent to this peer alone. It is never dropped; what may be makes room.
    package mutating func append(_ kind: MessageKind, sent bytes: [UInt8]) -> Action {
        let cost = bytes.count + Self.overhead
        guard fits(cost) else { return .overfull }
        let dropped = makeRoom(for: cost)
        add(.bytes(kind, bytes), .send, cost: cost)
        return .queued(replaced: false, dropped: dropped)
    }

    /// Queues a response or an element of a stream.
    package mutating func append(_ reply: QueuedReply) -> ReplyAction {
        let isSmall = reply.count <= Self.smallReply
        let cost = reply.count + Self.overhead
        guard replyBytes == 0 || cost - (isSmall ? Self.reserve : 0) <= replyCapacity - replyBytes else {
            return isSmall ? .overfull : .dropped
        }
        add(.reply(reply), .reply, cost: cost)
        replyCount += 1
        return .queued
    }

    /// Whether there would be room if all that may be dropped were.
    private func fits(_ cost: Int) -> Bool { pushedBytes - droppableBytes + cost <= capacity }

    /// Drops the oldest of what may be dropped until there is room.
    private mutating func makeRoom(for cost: Int) -> Int {
        var dropped = 0
        while pushedBytes + cost > capacity, let oldest = droppables.firstPlace.flatMap({ droppables[$0] }) {
            _ = remove(at: oldest)
            dropped += 1
        }
        return dropped
    }

    @discardableResult
    private mutating func add(
        _ content: Content, _ account: Account, cost: Int, channel: ExactText? = nil
    ) -> LinkedQueue<Entry>.Place {
        count(cost, for: account)
        return entries.append(Entry(content: content, account: account, cost: cost, channel: channel))
    }

    private mutating func letDrop(_ place: LinkedQueue<Entry>.Place, cost: Int) {
        droppableBytes += cost
        let droppable = droppables.append(place)
        entries[place]?.droppable = droppable
    }
}

// MARK: - Out

extension OutboundQueue {
    /// Takes out what has waited longest.
    package mutating func popFirst() -> Content? {
        guard let place = entries.firstPlace, let entry = remove(at: place) else { return nil }
        taken += 1
        if case .reply = entry.account { replyCount -= 1 }
        if isEmpty { removeAll() }
        return entry.content
    }

    package mutating func removeAll() {
        self = OutboundQueue(capacity: capacity, replyCapacity: replyCapacity)
    }

    private mutating func remove(at place: LinkedQueue<Entry>.Place) -> Entry? {
        guard let entry = entries.remove(at: place) else { return nil }
        count(-entry.cost, for: entry.account)
        if let droppable = entry.droppable {
            droppableBytes -= entry.cost
            _ = droppables.remove(at: droppable)
        }
        if let channel = entry.channel, latest[channel]?.place == place { latest[channel] = nil }
        return entry
    }

    private mutating func count(_ cost: Int, for account: Account) {
        switch account {
        case .shared: sharedBytes += cost
        case .awaited: awaitedBytes += cost
        case .send: sendBytes += cost
        case .reply: replyBytes += cost
        }
    }
}
