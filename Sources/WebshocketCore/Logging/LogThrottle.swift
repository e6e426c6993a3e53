/// The cause of a log line, for lines that peers can cause repeatedly. It never contains text from a peer.
package enum LogCause: Hashable, Sendable {
    case accept
    case admission
    case attribute
    case errorData
    /// A handler that blocks an event loop, distinguished by its label.
    case heldLoop(ObjectIdentifier)
    case announcement
    case predicate
    case readiness
    case slowPage
    /// An unexpected error, distinguished by its type.
    case internalError(ObjectIdentifier)
    case clientEvent(ClientEventKind)

    package enum ClientEventKind: Hashable, Sendable {
        case open, waiting, closed, restored, renewalFailed, dropped
    }
}

/// A limit on the rate of log lines for each cause.
///
/// It allows a few lines per interval. The first line after an interval includes the number of suppressed lines.
package struct LogThrottle {
    package enum Verdict: Equatable {
        /// Write the line.
        /// - Parameter suppressed: The number of lines with the same cause that were suppressed since the last one.
        case write(suppressed: Int)
        case suppress
    }

    private struct Window {
        let start: ContinuousClock.Instant
        var written = 1
        var suppressed = 0
    }

    /// The number of causes that get their own window. Further causes share one, because the number of error types in
    /// the application is unknown.
    package static let mostCauses = 256

    private let interval: Duration
    /// The current window of each cause. The key nil is for causes beyond ``mostCauses``.
    private var windows: [LogCause?: Window] = [:]

    /// - Parameter interval: The length of a window. The window of a cause begins with the cause's first line.
    package init(interval: Duration = .seconds(10)) {
        self.interval = interval
    }

    /// Whether a cause uses the shared window, because there are too many causes.
    package func isShared(_ cause: LogCause) -> Bool {
        windows[cause] == nil && windows.count >= Self.mostCauses
    }

    /// Decides whether to write a line.
    /// - Parameters:
    ///   - cause: The cause of the line.
    ///   - burst: The number of lines with this cause that are allowed in an interval; at least 1.
    ///   - now: The current time.
    package mutating func admit(_ cause: LogCause, burst: Int = 1, at now: ContinuousClock.Instant) -> Verdict {
        let key = isShared(cause) ? nil : cause
        guard var window = windows[key], now - window.start < interval else {
            let suppressed = windows[key]?.suppressed ?? 0
            windows[key] = Window(start: now)
            return .write(suppressed: suppressed)
        }
        defer { windows[key] = window }
        guard window.written < burst else {
            window.suppressed += 1
            return .suppress
        }
        window.written += 1
        return .write(suppressed: 0)
    }
}
