import EventLoops

extension EventLoop {
    /// Returns once the loop has run `body`, after what was left there before.
    func run<R: Sendable>(_ body: @escaping @Sendable () -> R) async -> R {
        await withCheckedContinuation { continuation in
            execute { continuation.resume(returning: body()) }
        }
    }
}
