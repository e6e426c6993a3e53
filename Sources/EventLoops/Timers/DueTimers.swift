/// Decides when timers that are due may run: after a poll that began when they were due already, and only while nothing
/// is ready to be read.
///
/// A loop that was held up, or a process that was stopped, finds overdue timers together with bytes that have arrived
/// since. Whatever ends something because nothing came must look at the sockets first, so timers run after the poll.
package struct DueTimers {
    /// Polls for which timers wait at most, so that a loop that is never out of work runs them too.
    ///
    /// One poll reads 2 MiB of a socket (32 times 64 KiB, in libuv), and Linux keeps at most 6 MiB of a TCP connection
    /// unless it is told otherwise.
    package static let mostPolls = 4

    /// The time at which timers were found to be due; nil if none are.
    package private(set) var time: ContinuousClock.Instant?
    private var polls = 0
    /// Whether the timers run now.
    private(set) var isRunning = false

    package init() {}

    /// Timers whose deadline is at `now` or earlier are due; the next poll does not block.
    package mutating func becameDue(at now: ContinuousClock.Instant) {
        time = now
        polls = 0
    }

    /// The loop has polled since, and read what was ready.
    package mutating func polled() {
        polls += 1
    }

    /// The next timer is about to run.
    /// - Parameter isSomethingReady: whether a descriptor has become ready since the poll, or was not read to its end; not asked
    ///   after the last poll of a turn.
    /// - Returns: the time at which it must have been due; nil if the loop must poll again before.
    package mutating func begin(isSomethingReady: @autoclosure () -> Bool) -> ContinuousClock.Instant? {
        isRunning = polls >= Self.mostPolls || !isSomethingReady()
        return isRunning ? time : nil
    }

    /// The timers have run.
    package mutating func end() {
        self = DueTimers()
    }
}
