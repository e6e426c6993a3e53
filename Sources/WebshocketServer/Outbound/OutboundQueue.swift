/// The messages that wait until one peer reads. It is a single FIFO queue for all kinds of messages, so that the
/// messages of one task stay in order.
///
/// The queue is a value without a socket. The owner adds messages that do not fit into the socket's buffer, performs
/// the returned actions, and removes messages when there is room again. Each operation takes constant time. An empty
/// queue holds no memory.
package struct OutboundQueue {
    package enum Content {
        case shared(SharedMessage)
        case bytes(MessageKind, [UInt8])
        /// A response, or an element of a stream.
        case reply(QueuedReply)
    }

    /// The treatment of a message of a channel when the queue is full.
    package enum Keeping {
        /// The message is sent, or the connection ends.
        case always
        /// The message is sent, or the connection ends. A full queue still accepts one such message for each publisher,
        /// which must then wait. These messages have a separate limit, so they take no room from publishers that do not
        /// wait.
        case alwaysAboveCap
        /// The oldest messages of this kind are dropped to make room.
        case droppable
        /// The message can be dropped, and the next message of its channel replaces it.
        case latest
    }

    package enum Action: Equatable {
        /// The message is queued. It may have replaced a message, and older messages may have been dropped for it.
        case queued(replaced: Bool, dropped: Int)
        /// The message is queued above the capacity, so its publisher must wait.
        case queuedAboveCap
        /// The message was dropped, because messages that cannot be dropped leave no room for it.
        case dropped
        /// The message is not queued, and the connection must end.
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

    /// The counter that a queued message belongs to.
    private enum Account {
        /// Messages with many recipients, which count towards the capacity.
        case shared
        /// Messages of publishers that wait, which are counted separately.
        case awaited
        /// Messages that a handler sends to this peer, often in response to a message. They count towards the capacity,
        /// and as answers.
        case send
        /// Replies, which count only as answers. A large reply does not make a peer a slow consumer.
        case reply
    }

    private struct Entry {
        let content: Content
        let account: Account
        let cost: Int
        /// The channel whose latest message this may be.
        let channel: ExactText?
        /// The position among the messages that may be dropped.
        var droppable: LinkedQueue<Int>.Place?
    }

    /// The latest message of a channel that queues only its latest message.
    private struct Latest {
        let place: LinkedQueue<Entry>.Place
        /// The value of ``taken`` after which the message is no longer replaced. It is the position of the channel's
        /// first message, which was replaced since. Without this limit, a busy channel would move back in the queue
        /// forever.
        let turn: Int
    }

    /// The bytes that each entry counts in addition to its payload: its approximate memory overhead. Empty messages
    /// therefore count too.
    package static let overhead = 64
    /// Replies of at most this size may use the ``reserve``. Every error that replaces a dropped reply is shorter, even
    /// if JSON escapes each byte of its `call_id`.
    package static let smallReply = 2_048
    /// Bytes beyond ``replyCapacity`` for small replies: enough for one reply to each call in flight and stream that the
    /// default limits allow.
    package static let reserve = 524_288

    /// The maximum number of bytes of waiting messages, without replies.
    package let capacity: Int
    /// The number of bytes of replies that may wait. A single reply is queued regardless of its size.
    package let replyCapacity: Int
    private var entries = LinkedQueue<Entry>()
    private var droppables = LinkedQueue<LinkedQueue<Entry>.Place>()
    private var latest: [ExactText: Latest] = [:]
    /// The number of messages removed since the queue was last empty.
    private var taken = 0
    private var sharedBytes = 0
    private var awaitedBytes = 0
    private var sendBytes = 0
    /// The number of bytes of waiting replies.
    package private(set) var replyBytes = 0
    /// The number of waiting replies.
    package private(set) var replyCount = 0
    /// The part of ``sharedBytes`` that may be dropped.
    private var droppableBytes = 0

    package init(capacity: Int, replyCapacity: Int = .max) {
        self.capacity = capacity
        self.replyCapacity = replyCapacity
    }

    package var isEmpty: Bool { entries.isEmpty }
    package var count: Int { entries.count }
    package var bytes: Int { sharedBytes + awaitedBytes + sendBytes + replyBytes }
    /// The number of bytes that count towards the capacity.
    package var pushedBytes: Int { sharedBytes + sendBytes }
    /// The number of bytes of messages that the peer may have requested.
    package var answerBytes: Int { sendBytes + replyBytes }
    /// Whether waiting publishers may continue.
    package var hasRoom: Bool { pushedBytes + awaitedBytes <= capacity }
}

// MARK: - Adding

extension OutboundQueue {
    /// Queues a message with many recipients.
    /// - Parameter channel: The name of the channel; nil for a message without a channel, which replaces nothing.
    package mutating func append(_ message: SharedMessage, channel: String?, _ keeping: Keeping) -> Action {
        let cost = message.count + Self.overhead
        let channel = channel.map(ExactText.init)
        if case .alwaysAboveCap = keeping { return append(awaited: message, cost: cost) }
        guard fits(cost) else {
            switch keeping {
            case .always, .alwaysAboveCap: return .overfull
            case .droppable: return .dropped
            case .latest:
                // Otherwise an older message would be taken for the latest one.
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

    /// Queues a message of a publisher that waits. Publishers that stop waiting leave their messages in the queue, so
    /// these are limited to twice the capacity.
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

    /// Queues a message for this peer only. It is never dropped; messages that may be dropped make room for it.
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

    /// Whether the message fits if all droppable messages are dropped.
    private func fits(_ cost: Int) -> Bool { pushedBytes - droppableBytes + cost <= capacity }

    /// Drops the oldest droppable messages until there is room.
    /// - Returns: The number of dropped messages.
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

// MARK: - Removing

extension OutboundQueue {
    /// Removes the oldest message.
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
