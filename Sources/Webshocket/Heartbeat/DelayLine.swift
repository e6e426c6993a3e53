import EventLoops

/// Who waits in a ``DelayLine``.
package protocol Delayed: AnyObject {
    func delayDidEnd()
}

/// Waits of one length on one loop, which end in the order in which they began: one timer for all of them, and a few
/// words for each. Confined to the loop.
///
/// An end may come late by a part of the delay, up to 100 ms, so that many come with one wake-up.
final class DelayLine {
    private typealias Wait = (end: ContinuousClock.Instant, waiter: any Delayed)

    /// Ends in one turn of the loop; then others get theirs.
    private static let endsPerTurn = 256
    /// Longer than any process runs, and short enough to be added to a point in time.
    private static let longest = Duration.seconds(1_000_000_000)

    private unowned let loop: EventLoop
    private let delay: Duration
    private let grain: Duration
    private var waits = LinkedQueue<Wait>()
    private var timer: TimerToken?

    init(_ delay: Duration, on loop: EventLoop) {
        self.loop = loop
        self.delay = min(max(delay, .nanoseconds(1)), Self.longest)
        grain = min(delay / 64, .milliseconds(100))
    }

    var count: Int { waits.count }

    /// Holds the waiter until its wait has ended, or was taken back.
    func append(_ waiter: any Delayed) -> LinkedQueue<Void>.Place {
        let place = waits.append((loop.now + delay, waiter))
        if timer == nil { setTimer() }
        return place
    }

    /// Takes a wait back that has not ended.
    func remove(at place: LinkedQueue<Void>.Place) {
        _ = waits.remove(at: place)
        if waits.isEmpty { timer.take().map { loop.cancel($0) } }
    }

    private func setTimer() {
        guard let place = waits.firstPlace, let first = waits[place] else { return }
        timer = loop.schedule(after: max(first.end - loop.now, grain)) { [weak self] in self?.timerDidFire() }
    }

    private func timerDidFire() {
        timer = nil
        // A wait that ended later has not had its sockets read since.
        let now = loop.dueTime ?? loop.now
        var left = Self.endsPerTurn
        while left > 0, let place = waits.firstPlace, let first = waits[place], first.end <= now {
            left -= 1
            _ = waits.remove(at: place)
            first.waiter.delayDidEnd()
        }
        if timer == nil { setTimer() }
    }
}

/// A place in a line, to be given up once.
package struct DelayPlace {
    fileprivate let line: DelayLine
    fileprivate let place: LinkedQueue<Void>.Place

    package func giveUp() { line.remove(at: place) }
}

/// The lines of one loop, one for each length. Confined to the loop.
package final class DelayLines {
    private unowned let loop: EventLoop
    private var lines: [Duration: DelayLine] = [:]

    private init(_ loop: EventLoop) {
        self.loop = loop
    }

    /// How many wait, in how many lines.
    package var counts: (waits: Int, lines: Int) {
        let counts = lines.values.map(\.count).filter { $0 > 0 }
        return (counts.reduce(0, +), counts.count)
    }

    /// Those of a loop; on the loop.
    package static func of(_ loop: EventLoop) -> DelayLines { loop.local(DelayLines.init) }

    /// Has the waiter told, once, after a delay longer than zero.
    package func wait(_ waiter: any Delayed, for delay: Duration) -> DelayPlace {
        let line = lines[delay] ?? makeLine(delay)
        return DelayPlace(line: line, place: line.append(waiter))
    }

    private func makeLine(_ delay: Duration) -> DelayLine {
        lines = lines.filter { $0.value.count > 0 }
        let line = DelayLine(delay, on: loop)
        lines[delay] = line
        return line
    }
}
