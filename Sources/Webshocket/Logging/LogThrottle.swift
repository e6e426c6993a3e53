/// The cause of a log line, for lines that peers can cause again and again. It contains no text of a peer.
package enum LogCause: Hashable, Sendable {
    case accept
    case admission
    case attribute
    case errorData
    /// A handler that holds an event loop, distinguished by its label.
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

/// Bounds the rate of log lines for each cause: a few lines per interval, and the number of suppressed lines in the first
/// line after it.
package struct LogThrottle {
    package enum Verdict: Equatable {
        /// Write the line.
        /// - Parameter suppressed: the number of lines with the same cause that were suppressed since the last one.
        case write(suppressed: Int)
        case suppress
    }

    private struct Window {
        let start: ContinuousClock.Instant
        var written = 1
        var suppressed = 0
    }

    /// Causes are few, but error types are the application's; beyond this number they share a window.
    package static let mostCauses = 256

    private let interval: Duration
    /// A nil key is for the causes beyond ``mostCauses``.
    private var windows: [LogCause?: Window] = [:]

    /// - Parameter interval: the length of a window, which begins with a cause's first line.
    package init(interval: Duration = .seconds(10)) {
        self.interval = interval
    }

    /// Whether a cause has no window of its own, because there are too many causes.
    package func isShared(_ cause: LogCause) -> Bool {
        windows[cause] == nil && windows.count >= Self.mostCauses
    }

    /// Decides about one line.
    /// - Parameters:
    ///   - cause: why it is logged.
    ///   - burst: the number of lines with this cause in one interval; at least 1.
    ///   - now: the time.
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
