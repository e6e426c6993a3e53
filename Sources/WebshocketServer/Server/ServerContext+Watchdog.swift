import EventLoops

extension ServerContext {
    /// Starts logging the handlers that block a loop for longer than ``ServerConfiguration/watchdog``.
    /// - Returns: Nil if the watchdog is disabled.
    func watch(_ loops: [EventLoop]) -> LoopWatch? {
        guard let limit = configuration.watchdog else { return nil }
        // The closure retains the context, which owns the labels.
        return LoopWatch(loops, limit: limit) { [self] loop, label in
            log(
                .warning, .heldLoop(ObjectIdentifier(label)),
                "event loop '\(loop.name)' has been blocked for more than \(limit) by \(label.text); see offLoop()")
        }
    }
}
