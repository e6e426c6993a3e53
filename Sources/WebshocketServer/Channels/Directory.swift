import EventLoops
import Synchronization

/// A type whose values can be members of a ``Directory``.
package protocol DirectoryMember: Sendable {
    var id: UInt64 { get }
    var loop: EventLoop { get }
    /// The member's place in the index of its loop; nil before it is added and after it is removed. Read on that loop.
    var seat: Seat? { get }
}

/// The members of a hub on all loops, with their subscriptions and rooms.
///
/// The roster is the authoritative state, guarded by a lock. The index of a member's loop follows: a job on that loop
/// reads the current state from the roster. Therefore the order of changes on different threads does not matter. A
/// delivery takes no lock.
package final class Directory<Member: DirectoryMember>: Sendable {
    package let roster = Locked(Roster<Member>())
    package let readers = ReaderCounter()
    /// The approximate number of bytes of publications that are queued to loops.
    private let underway = Atomic<Int>(0)
    private static var mostUnderway: Int { 4_194_304 }
    package let parts = Locked<[DirectoryPart]>([])

    package init() {}

    /// Makes the part of each loop. Called before the first member is added.
    package func start(on loops: [EventLoop], syntax: PatternSyntax) {
        let parts = loops.map { DirectoryPart($0, syntax: syntax) }
        self.parts.withLock { $0 = parts }
    }
}

/// The part of a directory that belongs to one loop.
package final class DirectoryPart: Sendable {
    package let loop: EventLoop
    package let index: LoopBound<ChannelIndex>
    /// The number of members in the index. Publications skip a loop without members.
    package let population = Atomic<Int>(0)

    init(_ loop: EventLoop, syntax: PatternSyntax) {
        self.loop = loop
        index = LoopBound(ChannelIndex(syntax: syntax), loop: loop)
    }
}

// MARK: - Adding and removing members

extension Directory {
    /// Adds a member. Called on the member's loop.
    package func add(_ member: Member, _ seat: Seat) {
        // Count the reader first. After it can subscribe, publications must be encoded in its form and delivered to its
        // loop.
        readers.add(1, to: seat.form)
        guard let part = part(of: member) else { return }
        part.population.add(1, ordering: .acquiringAndReleasing)
        part.index.value.add(seat)
        roster.withLock { $0.add(member.id, member) }
    }

    /// Removes a member. Called on the member's loop.
    /// - Returns: The member's subscriptions and rooms, including those that its loop has not processed yet.
    package func remove(_ member: Member, _ seat: Seat) -> (subscriptions: [String], rooms: [String]) {
        let left = roster.withLock { $0.remove(member.id) }
        readers.add(-1, to: seat.form)
        guard let part = part(of: member) else { return left }
        part.index.value.remove(seat)
        part.population.subtract(1, ordering: .acquiringAndReleasing)
        return left
    }

    private func part(of member: Member) -> DirectoryPart? {
        parts.withLock { $0 }.first { $0.loop === member.loop }
    }
}

// MARK: - Subscriptions and rooms

extension Directory {
    /// Subscribes a member to all selectors, or to none if that exceeds `cap`.
    package func subscribe(_ member: Member, to selectors: [ChannelSelector], cap: Int) throws(RPCError) {
        let names = selectors.map(\.text)
        try roster.withLock { roster in
            Result { () throws(RPCError) in try roster.subscribe(member.id, to: names, cap: cap) }
        }.get()
        update(member, selectors)
    }

    /// - Returns: The selectors that the member was subscribed to.
    @discardableResult
    package func unsubscribe(_ member: Member, from selectors: [ChannelSelector]) -> [ChannelSelector] {
        let gone = roster.withLock { roster in
            selectors.filter { roster.unsubscribe(member.id, from: $0.text) }
        }
        update(member, gone)
        return gone
    }

    /// - Returns: True if the member joined, false if it was in the room already.
    package func join(_ member: Member, _ room: String, cap: Int) throws(RPCError) -> Bool {
        let isNew = try roster.withLock { roster in
            Result { () throws(RPCError) in try roster.join(member.id, room, cap: cap) }
        }.get()
        if isNew { update(member, [.channel(room)]) }
        return isNew
    }

    /// - Returns: True if the member left, false if it was not in the room.
    package func leave(_ member: Member, _ room: String) -> Bool {
        guard roster.withLock({ $0.leave(member.id, room) }) else { return false }
        update(member, [.channel(room)])
        return true
    }

    /// Updates the index from the roster.
    private func update(_ member: Member, _ selectors: [ChannelSelector]) {
        guard !selectors.isEmpty, let part = part(of: member) else { return }
        part.loop.perform { [self] in
            guard let seat = member.seat else { return }
            for selector in selectors {
                let counters = roster.withLock { $0.counters(of: selector.text, for: seat.id) }
                part.index.value.update(seat, selector, counters)
            }
        }
    }
}

// MARK: - Delivery

extension Directory {
    /// Delivers a publication to all matching members: immediately on the caller's loop, and as a job on each other
    /// loop.
    /// - Parameter completion: Called on each loop with the result of that loop.
    package func deliver(_ publication: Publication, completion: @escaping @Sendable (DeliveryReport) -> Void) {
        var own: DirectoryPart?
        for part in parts.withLock({ $0 }) {
            if part.population.load(ordering: .acquiring) == 0 {
                completion(DeliveryReport())
            } else if part.loop.isCurrent {
                own = part
            } else {
                let cost = publication.cost
                underway.add(cost, ordering: .relaxed)
                part.loop.execute { [self] in
                    underway.subtract(cost, ordering: .relaxed)
                    part.index.value.deliver(publication, completion: completion)
                }
            }
        }
        // Last, so that the other loops start in the meantime.
        own?.index.value.deliver(publication, completion: completion)
    }

    /// Whether too many bytes of publications are queued to loops. If so, publishers should wait.
    package var isBehind: Bool { underway.load(ordering: .relaxed) > Self.mostUnderway }

    /// Calls `resume` when every loop has processed the publications that are queued now. Called on any of the loops.
    package func whenCaughtUp(_ resume: @escaping @Sendable () -> Void) {
        let parts = parts.withLock { $0 }
        let left = Countdown(parts.count, resume)
        for part in parts { part.loop.execute { left.countDown() } }
    }

    /// The number of loops. Each reports the result of a delivery.
    package var partCount: Int { parts.withLock(\.count) }
}

extension EventLoop {
    /// Runs `work` on the loop: immediately if the caller is on it, otherwise as a job.
    func perform(_ work: @escaping @Sendable () -> Void) {
        if isCurrent { work() } else { execute(work) }
    }
}

/// Calls a function when the count reaches zero.
private final class Countdown: Sendable {
    private let left: Atomic<Int>
    private let resume: @Sendable () -> Void

    init(_ count: Int, _ resume: @escaping @Sendable () -> Void) {
        left = Atomic(count)
        self.resume = resume
    }

    func countDown() {
        if left.subtract(1, ordering: .acquiringAndReleasing).newValue == 0 { resume() }
    }
}
