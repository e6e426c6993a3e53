import EventLoops

/// A log for lines that peers can cause again and again: those with one cause are limited in rate.
package final class ThrottledLog: Sendable {
    private struct State {
        var throttle = LogThrottle()
        /// The ID of the last line for each type of error.
        var lastIDs: [ObjectIdentifier: String] = [:]
        /// The ID of the last line for the types that share a window, because there are too many.
        var lastSharedID: String?
    }

    /// Lines with an error ID for one type of error in an interval.
    private static let errorBurst = 5

    /// For lines that only the operator can cause.
    let log: Log
    private let state = Locked(State())

    package init(_ log: Log) {
        self.log = log
    }

    /// Writes a line, unless there were too many with the same cause.
    package func callAsFunction(
        _ level: Log.Level, _ cause: LogCause, burst: Int = 1, at now: ContinuousClock.Instant = .now,
        _ line: @autoclosure () -> String
    ) {
        let verdict = state.withLock { $0.throttle.admit(cause, burst: burst, at: now) }
        guard case .write(let suppressed) = verdict else { return }
        log(level, Self.text(line(), suppressed))
    }

    /// Logs an unexpected error with an ID.
    ///
    /// When there are too many of one type, they share the ID of the last one that is in the log.
    /// - Parameter what: the line; the error if nil.
    /// - Returns: The text for the peer, with an ID that the log entry has too.
    package func internalError(
        _ error: any Error, _ what: @autoclosure () -> String? = nil, at now: ContinuousClock.Instant = .now
    ) -> String {
        let type = ObjectIdentifier(Swift.type(of: error))
        let fresh = String(UInt32.random(in: .min ... .max), radix: 16)
        let (verdict, id) = state.withLock { state -> (LogThrottle.Verdict, String) in
            let isShared = state.throttle.isShared(.internalError(type))
            let verdict = state.throttle.admit(.internalError(type), burst: Self.errorBurst, at: now)
            let last = isShared ? state.lastSharedID : state.lastIDs[type]
            if verdict == .suppress, let last { return (verdict, last) }
            if isShared { state.lastSharedID = fresh } else { state.lastIDs[type] = fresh }
            return (verdict, fresh)
        }
        if case .write(let suppressed) = verdict {
            log(.error, Self.text("error \(id): \(what() ?? "\(error)")", suppressed))
        }
        return "Internal error (\(id))"
    }

    /// A line that says how many like it were suppressed since the last one.
    private static func text(_ line: String, _ suppressed: Int) -> String {
        guard suppressed > 0 else { return line }
        return line.cut(toUTF8: Log.longestLine - 64) + " (\(suppressed) more like this were not logged)"
    }
}
