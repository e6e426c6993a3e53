import EventLoops

/// An object that waits in a ``DelayLine``.
package protocol Delayed: AnyObject {
    func delayDidEnd()
}

/// A queue of delays of the same length on one loop. They end in the order in which they began, so a single timer
/// serves all of them, and each takes only a few words. Confined to the loop.
///
/// A delay can end late by up to a 64th of its length, at most 100 ms, so that many end in one wake-up.
package final class DelayLine {
    private typealias Wait = (end: ContinuousClock.Instant, waiter: any Delayed)

    /// The maximum number of delays that end in one turn of the loop, so that other work is not held up.
    private static let endsPerTurn = 256
    /// Longer than any process runs, and short enough to be added to a point in time.
    private static let longest = Duration.seconds(1_000_000_000)

    private unowned let loop: EventLoop
    private let delay: Duration
    private let grain: Duration
    private var waits = LinkedQueue<Wait>()
    private var timer: TimerToken?

    package init(_ delay: Duration, on loop: EventLoop) {
        self.loop = loop
        self.delay = min(max(delay, .nanoseconds(1)), Self.longest)
        grain = min(delay / 64, .milliseconds(100))
    }

    package var count: Int { waits.count }

    /// Starts a delay. The waiter is retained until its delay has ended or was cancelled.
    package func append(_ waiter: any Delayed) -> LinkedQueue<Void>.Place {
        let place = waits.append((loop.now + delay, waiter))
        if timer == nil { setTimer() }
        return place
    }

    /// Cancels a delay that has not ended.
    package func remove(at place: LinkedQueue<Void>.Place) {
        _ = waits.remove(at: place)
        if waits.isEmpty { timer.take().map { loop.cancel($0) } }
    }

    private func setTimer() {
        guard let place = waits.firstPlace, let first = waits[place] else { return }
        timer = loop.schedule(after: max(first.end - loop.now, grain)) { [weak self] in self?.timerDidFire() }
    }

    private func timerDidFire() {
        timer = nil
        // For delays that ended later than this, the sockets have not been read yet.
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

/// The position of a delay in its line. It must be cancelled at most once.
package struct DelayPlace {
    fileprivate let line: DelayLine
    fileprivate let place: LinkedQueue<Void>.Place

    package func giveUp() { line.remove(at: place) }
}

/// The delay lines of one loop, one for each length. Confined to the loop.
package final class DelayLines {
    private unowned let loop: EventLoop
    private var lines: [Duration: DelayLine] = [:]

    private init(_ loop: EventLoop) {
        self.loop = loop
    }

    /// The number of delays that have not ended, and the number of lines that they are in.
    package var counts: (waits: Int, lines: Int) {
        let counts = lines.values.map(\.count).filter { $0 > 0 }
        return (counts.reduce(0, +), counts.count)
    }

    /// The delay lines of a loop. Called on the loop.
    package static func of(_ loop: EventLoop) -> DelayLines { loop.local(DelayLines.init) }

    /// Calls the waiter once, after a delay that must be longer than zero.
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
