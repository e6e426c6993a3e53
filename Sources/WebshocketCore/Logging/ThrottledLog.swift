import EventLoops

/// A log for lines that peers can cause repeatedly. Lines with the same cause are limited in rate.
package final class ThrottledLog: Sendable {
    private struct State {
        var throttle = LogThrottle()
        /// The ID of the last line for each type of error.
        var lastIDs: [ObjectIdentifier: String] = [:]
        /// The ID of the last line for the types that use the shared window, because there are too many types.
        var lastSharedID: String?
    }

    /// The number of lines that are allowed for each type of error in an interval.
    private static let errorBurst = 5

    /// The log without a limit, for lines that peers cannot cause.
    package let log: LogSink
    private let clock: LoopClock
    private let state = Locked(State())

    package init(_ log: LogSink, clock: LoopClock = .system) {
        self.log = log
        self.clock = clock
    }

    /// Writes a line, unless too many lines with the same cause were written.
    package func callAsFunction(
        _ level: LogSink.Level, _ cause: LogCause, burst: Int = 1, at now: ContinuousClock.Instant? = nil,
        _ line: @autoclosure () -> String
    ) {
        let verdict = state.withLock { $0.throttle.admit(cause, burst: burst, at: now ?? clock.now) }
        guard case .write(let suppressed) = verdict else { return }
        log(level, Self.text(line(), suppressed))
    }

    /// Logs an unexpected error with an ID.
    ///
    /// If there are too many errors of one type, further errors are not logged and get the ID of the last one that was.
    /// - Parameter message: The text of the line; nil for the description of the error.
    /// - Returns: The text for the peer. It contains the ID of the log entry.
    package func internalError(
        _ error: any Error, _ message: @autoclosure () -> String? = nil, at now: ContinuousClock.Instant? = nil
    ) -> String {
        let type = ObjectIdentifier(Swift.type(of: error))
        let fresh = String(UInt32.random(in: .min ... .max), radix: 16)
        let (verdict, id) = state.withLock { state -> (LogThrottle.Verdict, String) in
            let isShared = state.throttle.isShared(.internalError(type))
            let verdict = state.throttle.admit(.internalError(type), burst: Self.errorBurst, at: now ?? clock.now)
            let last = isShared ? state.lastSharedID : state.lastIDs[type]
            if verdict == .suppress, let last { return (verdict, last) }
            if isShared { state.lastSharedID = fresh } else { state.lastIDs[type] = fresh }
            return (verdict, fresh)
        }
        if case .write(let suppressed) = verdict {
            log(.error, Self.text("error \(id): \(message() ?? "\(error)")", suppressed))
        }
        return "Internal error (\(id))"
    }

    /// Appends the number of suppressed lines to a line, if there are any.
    private static func text(_ line: String, _ suppressed: Int) -> String {
        guard suppressed > 0 else { return line }
        return line.cut(toUTF8: LogSink.longestLine - 64) + " (\(suppressed) more like this were not logged)"
    }
}
