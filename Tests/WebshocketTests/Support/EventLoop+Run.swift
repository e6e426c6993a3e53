import EventLoops

extension EventLoop {
    /// Runs `body` on the event loop, after all jobs submitted earlier, and returns its result.
    func run<R: Sendable>(_ body: @escaping @Sendable () -> R) async -> R {
        await withCheckedContinuation { continuation in
            execute { continuation.resume(returning: body()) }
        }
    }
}
