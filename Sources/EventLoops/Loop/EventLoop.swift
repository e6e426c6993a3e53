import CUV
import Synchronization

/// One thread that polls descriptors through libuv, and a Swift executor: tasks that prefer it come back to it.
///
/// A turn polls, hands out what was read, runs the timers that were due before it polled, runs jobs, and at its end
/// writes once for each socket that has something to say. Made by an ``EventLoopGroup``.
///
/// After ``EventLoopGroup/shutdown()`` the thread is gone, but jobs that still arrive are not lost: a short-lived
/// thread stands in for the loop and runs them in order, with ``isCurrent`` true. Timers do not fire any more by then.
///
/// Unchecked because the mutable state below `inbox` is touched on the loop's thread alone (or on its stand-in, which
/// starts after the thread's last access, ordered by `inbox`).
@usableFromInline
package final class EventLoop: TaskExecutor, @unchecked Sendable {
    package let name: String

    let uv = UnsafeMutablePointer<uv_loop_t>.allocate(capacity: 1)
    let wakeUp = UnsafeMutablePointer<uv_async_t>.allocate(capacity: 1)
    let endOfTurn = UnsafeMutablePointer<uv_prepare_t>.allocate(capacity: 1)
    let haste = UnsafeMutablePointer<uv_idle_t>.allocate(capacity: 1)
    let alarm = UnsafeMutablePointer<uv_timer_t>.allocate(capacity: 1)
    /// Started only while timers are due.
    let afterPoll = UnsafeMutablePointer<uv_check_t>.allocate(capacity: 1)

    /// Lent to one socket at a time, for the length of one read.
    let readBuffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 64 * 1_024, alignment: 16)

    /// Lent like ``readBuffer``, for what TLS has opened of that: as much, and a record that had begun before.
    var plainBuffer: UnsafeMutableRawBufferPointer {
        if let ownPlainBuffer { return ownPlainBuffer }
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: readBuffer.count + 32 * 1_024, alignment: 16)
        ownPlainBuffer = buffer
        return buffer
    }
    /// Nil on a loop without TLS.
    private var ownPlainBuffer: UnsafeMutableRawBufferPointer?

    /// What other threads leave here.
    let inbox = Locked(Inbox())
    /// Whether something was left there since it was last emptied, to be asked without the lock.
    let hasMail = Atomic(false)

    // What every message touches opts out of run-time exclusivity checks: one thread, and no access spans a call out.
    @exclusivity(unchecked) var jobs = JobQueue()
    @exclusivity(unchecked) var unflushed: [Socket] = []
    @exclusivity(unchecked) var flushing: [Socket] = []
    var timers = TimerHeap<() -> Void>()
    var hangUps = HangUpWatch()
    /// When `alarm` goes off, if it is set.
    var alarmTime: ContinuousClock.Instant?
    @exclusivity(unchecked) var dueTimers = DueTimers()
    @exclusivity(unchecked) var turnTime: ContinuousClock.Instant?
    @exclusivity(unchecked) var spareBuffers = BufferPool()
    var isHasty = false
    /// The labelled work that the loop is at, as the address of its label; 0 for none. See `begin(_:)`.
    @usableFromInline let work = Atomic<UInt>(0)
    /// The number of turns.
    let turns = Atomic<UInt>(0)
    var labelledExecutors: [ObjectIdentifier: LabelledExecutor] = [:]
    /// Handles and requests whose memory libuv still uses.
    var ownerCount = 0
    /// Told to end; handles close at the end of the turn that learns of it.
    var mustEnd = false
    var isEnding = false
    /// The thread polls no more.
    var hasEnded = false
    /// Turns since the last handle closed.
    var endingTurns = 0
    /// See ``local(_:)``.
    var locals: [ObjectIdentifier: AnyObject] = [:]

    /// Why the loop could not start; nil if it did. Such a loop is like one that has ended.
    package internal(set) var startError: SocketError?

    init(name: String) {
        self.name = name
    }

    /// Makes libuv's loop and its handles.
    func open() throws(SocketError) {
        guard ProcessDescriptors.canOpen(Self.firstLoopDescriptors) else { throw SocketError(.tooManyFiles, .open) }
        try check(uv_loop_init(uv), .open)
        do throws(SocketError) { try check(uv_async_init(uv, wakeUp, onWakeUp), .open) } catch {
            uv_loop_close(uv)
            throw error
        }
        uv_prepare_init(uv, endOfTurn)
        uv_idle_init(uv, haste)
        uv_timer_init(uv, alarm)
        uv_check_init(uv, afterPoll)
        let here = Unmanaged.passUnretained(self).toOpaque()
        uv.pointee.data = here
        wakeUp.pointee.data = here
        endOfTurn.pointee.data = here
        haste.pointee.data = here
        alarm.pointee.data = here
        afterPoll.pointee.data = here
        uv_prepare_start(endOfTurn, onEndOfTurn)
    }

    /// The descriptors of the first loop. Two of them are for the process: libuv aborts it if it cannot open these.
    private static let firstLoopDescriptors = 6

    deinit {
        // The thread has ended: it holds the loop until then.
        uv.deallocate()
        wakeUp.deallocate()
        endOfTurn.deallocate()
        haste.deallocate()
        alarm.deallocate()
        afterPoll.deallocate()
        readBuffer.deallocate()
        ownPlainBuffer?.deallocate()
    }

    /// The loop that the caller runs on.
    package static var current: EventLoop? {
        cuv_get_current_loop().map { Unmanaged<EventLoop>.fromOpaque($0).takeUnretainedValue() }
    }

    /// Whether the caller runs on this loop. Costs one read of a thread-local variable.
    package var isCurrent: Bool { cuv_get_current_loop() == Unmanaged.passUnretained(self).toOpaque() }

    /// The time as of its first use in this turn, so that a burst of messages asks the clock once.
    package var now: ContinuousClock.Instant {
        guard isCurrent else { return .now }
        if let turnTime { return turnTime }
        let now = ContinuousClock.now
        turnTime = now
        return now
    }
}

/// Points from a `uv_loop_t`'s or one of its own handles' `data` back to the loop, without counting.
func eventLoop(at data: UnsafeMutableRawPointer?) -> EventLoop {
    Unmanaged<EventLoop>.fromOpaque(data.unsafelyUnwrapped).takeUnretainedValue()
}

private func onWakeUp(_ handle: UnsafeMutablePointer<uv_async_t>?) {
    eventLoop(at: handle.unsafelyUnwrapped.pointee.data).readMail()
}

private func onEndOfTurn(_ handle: UnsafeMutablePointer<uv_prepare_t>?) {
    eventLoop(at: handle.unsafelyUnwrapped.pointee.data).finishTurn()
}
