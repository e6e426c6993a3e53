import EventLoops
import Synchronization

/// One who can be in a directory.
package protocol DirectoryMember: Sendable {
    var id: UInt64 { get }
    var loop: EventLoop { get }
    /// Its place in the index of its loop, for as long as it is there; asked on its loop.
    var seat: Seat? { get }
}

/// Who is here and what each gets, on all loops, and the way by which it reaches them.
///
/// The roster decides, under its lock; the index of a member's loop follows, by asking the roster how things stand when
/// its turn comes: so the order in which several threads change something does not matter. A delivery takes no lock.
package final class Directory<Member: DirectoryMember>: Sendable {
    package let roster = Locked(Roster<Member>())
    package let readers = ReaderCensus()
    /// About how many bytes of publications wait for loops that have not come to them.
    private let underway = Atomic<Int>(0)
    private static var mostUnderway: Int { 4_194_304 }
    package let parts = Locked<[DirectoryPart]>([])

    package init() {}

    /// Gives it a part of each loop, before anybody is here.
    package func start(on loops: [EventLoop], syntax: PatternSyntax) {
        let parts = loops.map { DirectoryPart($0, syntax: syntax) }
        self.parts.withLock { $0 = parts }
    }
}

/// A directory's part of one loop.
package final class DirectoryPart: Sendable {
    package let loop: EventLoop
    package let index: LoopBound<ChannelIndex>
    /// How many members are in the index: a loop without any is left alone.
    package let population = Atomic<Int>(0)

    init(_ loop: EventLoop, syntax: PatternSyntax) {
        self.loop = loop
        index = LoopBound(ChannelIndex(syntax: syntax), loop: loop)
    }
}

// MARK: - Coming and going

extension Directory {
    /// On the member's loop.
    package func add(_ member: Member, _ seat: Seat) {
        // First that it is counted: what is published once it can subscribe has to be encoded for it, and brought to
        // it.
        readers.add(1, to: seat.form)
        guard let part = part(of: member) else { return }
        part.population.add(1, ordering: .acquiringAndReleasing)
        part.index.value.add(seat)
        roster.withLock { $0.add(member.id, member) }
    }

    /// On the member's loop.
    /// - Returns: what it was subscribed to, and the rooms that it was in: also where its loop has not yet come to
    ///   that.
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
    /// To all of these or, where that is more than it may have, to none.
    package func subscribe(_ member: Member, to selectors: [ChannelSelector], cap: Int) throws(RPCError) {
        let names = selectors.map(\.text)
        try roster.withLock { roster in
            Result { () throws(RPCError) in try roster.subscribe(member.id, to: names, cap: cap) }
        }.get()
        update(member, selectors)
    }

    /// - Returns: what it was subscribed to of these.
    @discardableResult
    package func unsubscribe(_ member: Member, from selectors: [ChannelSelector]) -> [ChannelSelector] {
        let gone = roster.withLock { roster in
            selectors.filter { roster.unsubscribe(member.id, from: $0.text) }
        }
        update(member, gone)
        return gone
    }

    /// - Returns: whether it has just come.
    package func join(_ member: Member, _ room: String, cap: Int) throws(RPCError) -> Bool {
        let isNew = try roster.withLock { roster in
            Result { () throws(RPCError) in try roster.join(member.id, room, cap: cap) }
        }.get()
        if isNew { update(member, [.channel(room)]) }
        return isNew
    }

    /// - Returns: whether it was there.
    package func leave(_ member: Member, _ room: String) -> Bool {
        guard roster.withLock({ $0.leave(member.id, room) }) else { return false }
        update(member, [.channel(room)])
        return true
    }

    /// Makes the index agree with the roster.
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
    /// Delivers a publication to everyone here whom it is for: at once on the caller's loop, by a job on each other
    /// one.
    /// - Parameter completion: told on each loop what came of it there.
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
        // Last, so that the others begin meanwhile.
        own?.index.value.deliver(publication, completion: completion)
    }

    /// Whether loops are behind with what was published: who makes that happen had better wait.
    package var isBehind: Bool { underway.load(ordering: .relaxed) > Self.mostUnderway }

    /// Calls back when every loop has come to what was published until now; on any of them.
    package func whenCaughtUp(_ resume: @escaping @Sendable () -> Void) {
        let parts = parts.withLock { $0 }
        let left = Countdown(parts.count, resume)
        for part in parts { part.loop.execute { left.countDown() } }
    }

    /// How many loops report of a delivery.
    package var partCount: Int { parts.withLock(\.count) }
}

extension EventLoop {
    /// Runs `work` on the loop: at once where the caller is on it, else soon.
    func perform(_ work: @escaping @Sendable () -> Void) {
        if isCurrent { work() } else { execute(work) }
    }
}

/// Calls back when it was counted down to nothing.
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
