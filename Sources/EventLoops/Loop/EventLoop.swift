import CUV
import Synchronization

/// A thread that polls descriptors with libuv, and a Swift task executor. Created by an ``EventLoopGroup``.
///
/// In each turn, the loop polls, delivers received bytes, runs the timers that were due before the poll, and runs jobs.
/// At the end of the turn, it writes once for each socket that has bytes to send.
///
/// After ``EventLoopGroup/shutdown()``, the thread has ended, and timers no longer fire. Jobs that still arrive are not
/// lost: a short-lived thread, the stand-in, runs them in order, with ``isCurrent`` true.
///
/// Unchecked because the mutable state below `inbox` is accessed on the loop's thread only. The stand-in accesses it
/// too, but it starts after the thread's last access, ordered by `inbox`.
@usableFromInline
package final class EventLoop: TaskExecutor, @unchecked Sendable {
    package let name: String
    /// The clock of the loop's timers, and of everything that runs on the loop.
    package let clock: LoopClock

    let uv = UnsafeMutablePointer<uv_loop_t>.allocate(capacity: 1)
    let wakeUp = UnsafeMutablePointer<uv_async_t>.allocate(capacity: 1)
    let endOfTurn = UnsafeMutablePointer<uv_prepare_t>.allocate(capacity: 1)
    let urgentTurn = UnsafeMutablePointer<uv_idle_t>.allocate(capacity: 1)
    let alarm = UnsafeMutablePointer<uv_timer_t>.allocate(capacity: 1)
    /// Active only while timers are due.
    let afterPoll = UnsafeMutablePointer<uv_check_t>.allocate(capacity: 1)

    /// The buffer for received bytes. One socket at a time uses it, for one read.
    ///
    /// It has room for a message of 64 KiB with its header. A message that arrives in one read needs no copy.
    let readBuffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 128 * 1_024, alignment: 16)

    /// The buffer for decrypted bytes. One socket at a time uses it.
    ///
    /// It has room for as many bytes as ``readBuffer``, plus a record that began in an earlier read.
    var plainBuffer: UnsafeMutableRawBufferPointer {
        if let ownPlainBuffer { return ownPlainBuffer }
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: readBuffer.count + 32 * 1_024, alignment: 16)
        ownPlainBuffer = buffer
        return buffer
    }
    /// The storage of ``plainBuffer``; nil if the loop has never used TLS.
    private var ownPlainBuffer: UnsafeMutableRawBufferPointer?

    /// The work that other threads have queued.
    let inbox = Locked(Inbox())
    /// Whether the inbox has work. It can be read without the lock.
    let hasQueuedJobs = Atomic(false)

    // The fields that every message uses opt out of run-time exclusivity checks. It is safe because one thread uses
    // them, and no access spans a call into other code.
    @exclusivity(unchecked) var jobs = JobQueue()
    @exclusivity(unchecked) var unflushed: [Transport] = []
    @exclusivity(unchecked) var flushing: [Transport] = []
    var timers = TimerHeap<() -> Void>()
    var hangUps = HangUpWatch()
    /// The time at which `alarm` fires; nil if it is not set.
    var alarmTime: ContinuousClock.Instant?
    @exclusivity(unchecked) var dueTimers = DueTimers()
    @exclusivity(unchecked) var turnTime: ContinuousClock.Instant?
    @exclusivity(unchecked) var spareBuffers = BufferPool()
    var isHasty = false
    /// The address of the label of the loop's current work; 0 if it runs no labelled work. See `begin(_:)`.
    @usableFromInline let work = Atomic<UInt>(0)
    /// The number of turns.
    let turns = Atomic<UInt>(0)
    var labelledExecutors: [ObjectIdentifier: LabelledExecutor] = [:]
    /// The number of members, and of requests whose memory libuv still uses.
    var memberCount = 0
    /// The number of requests to libuv's thread pool that have not completed.
    var requestCount = 0
    /// The members that have no libuv handle.
    var membersWithoutHandle: [ObjectIdentifier: LoopMember] = [:]
    /// Whether the loop was asked to end. Handles close at the end of the turn in which this is set.
    var mustEnd = false
    /// Whether the loop has begun to close its handles.
    var isEnding = false
    /// Whether the thread has stopped polling.
    var hasEnded = false
    /// The number of turns since the last handle closed.
    var endingTurns = 0
    /// The objects that ``local(_:)`` returns, by their class.
    var locals: [ObjectIdentifier: AnyObject] = [:]

    /// The reason why the loop could not start; nil if it did. Such a loop counts as ended.
    package internal(set) var startError: SocketError?

    init(name: String, clock: LoopClock) {
        self.name = name
        self.clock = clock
        clock.manual?.add(self)
    }

    /// Initializes the libuv loop and its handles.
    func open() throws(SocketError) {
        guard ProcessDescriptors.canOpen(Self.firstLoopDescriptors) else { throw SocketError(.tooManyFiles, .open) }
        try check(uv_loop_init(uv), .open)
        do throws(SocketError) { try check(uv_async_init(uv, wakeUp, onWakeUp), .open) } catch {
            uv_loop_close(uv)
            throw error
        }
        uv_prepare_init(uv, endOfTurn)
        uv_idle_init(uv, urgentTurn)
        uv_timer_init(uv, alarm)
        uv_check_init(uv, afterPoll)
        let here = Unmanaged.passUnretained(self).toOpaque()
        uv.pointee.data = here
        wakeUp.pointee.data = here
        endOfTurn.pointee.data = here
        urgentTurn.pointee.data = here
        alarm.pointee.data = here
        afterPoll.pointee.data = here
        uv_prepare_start(endOfTurn, onEndOfTurn)
    }

    /// The number of descriptors that the first loop needs. Two of them are for the process: libuv aborts it if they
    /// cannot be opened.
    private static let firstLoopDescriptors = 6

    deinit {
        // The thread has ended, because it retains the loop until then.
        uv.deallocate()
        wakeUp.deallocate()
        endOfTurn.deallocate()
        urgentTurn.deallocate()
        alarm.deallocate()
        afterPoll.deallocate()
        readBuffer.deallocate()
        ownPlainBuffer?.deallocate()
    }

    /// The loop that runs the caller; nil on other threads.
    package static var current: EventLoop? {
        cuv_get_current_loop().map { Unmanaged<EventLoop>.fromOpaque($0).takeUnretainedValue() }
    }

    /// Whether the caller runs on this loop. It costs one read of a thread-local variable.
    package var isCurrent: Bool { cuv_get_current_loop() == Unmanaged.passUnretained(self).toOpaque() }

    /// The time of the first access in this turn, so a burst of messages reads the clock once. Other threads get the
    /// current time.
    package var now: ContinuousClock.Instant {
        guard isCurrent else { return clock.now }
        if let turnTime { return turnTime }
        let now = clock.now
        turnTime = now
        return now
    }
}

/// Returns the loop that the `data` of a `uv_loop_t` or of one of its own handles points to. The pointer is unretained.
func eventLoop(at data: UnsafeMutableRawPointer?) -> EventLoop {
    Unmanaged<EventLoop>.fromOpaque(data.unsafelyUnwrapped).takeUnretainedValue()
}

private func onWakeUp(_ handle: UnsafeMutablePointer<uv_async_t>?) {
    eventLoop(at: handle.unsafelyUnwrapped.pointee.data).runQueuedJobs()
}

private func onEndOfTurn(_ handle: UnsafeMutablePointer<uv_prepare_t>?) {
    eventLoop(at: handle.unsafelyUnwrapped.pointee.data).finishTurn()
}
