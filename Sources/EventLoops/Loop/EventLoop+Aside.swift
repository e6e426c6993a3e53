import CUV

extension EventLoop {
    /// Runs something that may block, such as the reading of a file, on one of libuv's few threads.
    ///
    /// On the loop only. When the loop ends, what has begun is waited for, and nothing begins any more.
    /// - Parameters:
    ///   - work: runs elsewhere; it must end by itself.
    ///   - completion: is called on the loop with what `work` has returned; not at all once the loop ends.
    package func aside<Result: Sendable>(
        _ work: @escaping @Sendable () -> Result, then completion: @escaping (Result) -> Void
    ) {
        precondition(isCurrent, "What is done aside is asked for on the loop.")
        guard !isEnding else { return }
        let errand = WorkAside(loop: self, work, completion)
        let request = UnsafeMutablePointer<uv_work_t>.allocate(capacity: 1)
        request.pointee.data = Unmanaged<Errand>.passRetained(errand).toOpaque()
        // Fails only without a function to call.
        uv_queue_work(uv, request, runErrand, endErrand)
        ownerCount += 1
    }
}

/// What libuv's thread and then the loop do with a request.
private class Errand {
    let loop: EventLoop

    init(loop: EventLoop) { self.loop = loop }

    func run() {}
    func end() {}
}

private final class WorkAside<Result: Sendable>: Errand {
    private let work: @Sendable () -> Result
    private let completion: (Result) -> Void
    /// Written by libuv's thread, and read by the loop when libuv has handed it over.
    private var result: Result?

    init(loop: EventLoop, _ work: @escaping @Sendable () -> Result, _ completion: @escaping (Result) -> Void) {
        self.work = work
        self.completion = completion
        super.init(loop: loop)
    }

    override func run() { result = work() }

    override func end() {
        guard let result, !loop.isEnding else { return }
        completion(result)
    }
}

private func runErrand(_ request: UnsafeMutablePointer<uv_work_t>?) {
    guard let data = request.unsafelyUnwrapped.pointee.data else { return }
    Unmanaged<Errand>.fromOpaque(data)._withUnsafeGuaranteedRef { $0.run() }
}

private func endErrand(_ request: UnsafeMutablePointer<uv_work_t>?, _ status: Int32) {
    guard let request, let data = request.pointee.data else { return }
    let errand = Unmanaged<Errand>.fromOpaque(data).takeRetainedValue()
    request.deallocate()
    errand.loop.ownerCount -= 1
    errand.end()
}
