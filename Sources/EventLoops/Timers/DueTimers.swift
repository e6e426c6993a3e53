/// Decides when due timers may run.
///
/// They run after a poll that began when they were already due, and only while no descriptor is ready for reading.
///
/// After a loop was blocked or the process was stopped, timers may be overdue although bytes have arrived meanwhile. A
/// timeout must not fire before these bytes are read, so timers run after the poll.
package struct DueTimers {
    /// The maximum number of polls for which timers wait, so they also run on a loop that always has bytes to read.
    ///
    /// In one poll, libuv reads up to 4 MiB from a socket (32 times 128 KiB). Linux buffers at most 6 MiB for a TCP
    /// connection by default.
    package static let mostPolls = 4

    /// The time at which timers were found to be due; nil if none are.
    package private(set) var time: ContinuousClock.Instant?
    private var polls = 0
    /// Whether the timers run now.
    private(set) var isRunning = false

    package init() {}

    /// Records that timers whose deadline is `now` or earlier are due. The next poll does not block.
    package mutating func becameDue(at now: ContinuousClock.Instant) {
        time = now
        polls = 0
    }

    /// Records that the loop has polled and read from the ready descriptors.
    package mutating func polled() {
        polls += 1
    }

    /// Decides whether the next timer may run.
    /// - Parameter isSomethingReady: Whether a descriptor has become ready since the poll, or was not read completely.
    ///   Not evaluated after ``mostPolls`` polls.
    /// - Returns: The time at which the timer must have been due; nil if the loop must poll again first.
    package mutating func begin(isSomethingReady: @autoclosure () -> Bool) -> ContinuousClock.Instant? {
        isRunning = polls >= Self.mostPolls || !isSomethingReady()
        return isRunning ? time : nil
    }

    /// Records that the due timers have run.
    package mutating func end() {
        self = DueTimers()
    }
}
