import CUV

extension EventLoop {
    /// Runs blocking work, such as reading a file, on libuv's thread pool.
    ///
    /// Call it on the loop. When the loop ends, it waits for work that has started; other work never starts.
    /// - Parameters:
    ///   - work: Runs on a thread of the pool. It must return on its own.
    ///   - completion: Called on the loop with the result of `work`. It is not called after the loop has begun to end.
    package func aside<Result: Sendable>(
        _ work: @escaping @Sendable () -> Result, then completion: @escaping (Result) -> Void
    ) {
        precondition(isCurrent, "aside must be called on the loop")
        guard !isEnding else { return }
        let job = BlockingWork(loop: self, work, completion)
        let request = UnsafeMutablePointer<uv_work_t>.allocate(capacity: 1)
        request.pointee.data = Unmanaged<BlockingJob>.passRetained(job).toOpaque()
        // It fails only if the work function is null.
        uv_queue_work(uv, request, runErrand, endBlockingJob)
        memberCount += 1
        requestCount += 1
    }
}

/// Work that runs on libuv's thread pool and then completes on the loop.
private class BlockingJob {
    let loop: EventLoop

    init(loop: EventLoop) { self.loop = loop }

    func run() {}
    func end() {}
}

private final class BlockingWork<Result: Sendable>: BlockingJob {
    private let work: @Sendable () -> Result
    private let completion: (Result) -> Void
    /// The result. A thread of the pool writes it; the loop reads it after libuv has synchronized the two.
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
    Unmanaged<BlockingJob>.fromOpaque(data)._withUnsafeGuaranteedRef { $0.run() }
}

private func endBlockingJob(_ request: UnsafeMutablePointer<uv_work_t>?, _ status: Int32) {
    guard let request, let data = request.pointee.data else { return }
    let job = Unmanaged<BlockingJob>.fromOpaque(data).takeRetainedValue()
    request.deallocate()
    job.loop.memberCount -= 1
    job.loop.requestCount -= 1
    job.end()
}
