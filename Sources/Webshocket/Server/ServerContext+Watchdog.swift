import EventLoops

extension ServerContext {
    /// Logs which handler holds a loop for longer than ``ServerConfiguration/watchdog``; nil if loops are not watched.
    func watch(_ loops: [EventLoop]) -> LoopWatch? {
        guard let limit = configuration.watchdog else { return nil }
        // The closure holds the context, which owns the labels.
        return LoopWatch(loops, limit: limit) { [self] loop, label in
            log(
                .warning, .heldLoop(ObjectIdentifier(label)),
                "event loop '\(loop.name)' has been held for more than \(limit) by \(label.text); see offLoop()")
        }
    }
}
