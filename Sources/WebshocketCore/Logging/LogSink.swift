import EventLoops

/// The destination of log lines: one closure, called from any thread.
///
/// A line has at most 4,000 bytes; a longer line is cut and ends with `… (cut)`. Lines that peers can cause repeatedly
/// are limited: one line for each cause in 10 seconds. Internal errors (per type), attributes without a value and
/// refused admissions get five lines; client events get ten. The next line says how many were not logged.
public struct LogSink: Sendable {
    /// The severity of a line.
    public enum Level: String, Sendable {
        /// A failure that users of the server notice.
        case error
        /// A condition that an operator should investigate.
        case warning
        /// An event of normal operation.
        case info
    }

    private let write: @Sendable (Level, String) -> Void

    /// Creates a log that passes each line to a closure.
    /// - Parameter write: Called with the level and the line, on any thread, including those of event loops. It must
    ///   not block, because the connections of a loop would wait for it. Control characters in the line are escaped
    ///   already, so peers cannot forge lines.
    public init(_ write: @escaping @Sendable (Level, String) -> Void) {
        self.write = write
    }

    /// A log that writes lines to the standard error stream, in order, on its own thread.
    ///
    /// It never blocks. If the stream is not read, up to 1,024 lines or 256 KiB are queued, and further lines are
    /// dropped. The log then reports their number, and ``droppedLines`` counts them. When the process exits, it waits
    /// up to 0.25 s for queued lines. Nothing is written if the stream was closed when the process started.
    public static let standardError = LogSink { level, line in
        StandardError.write(line: "webshocket \(level.rawValue): \(line)")
    }

    /// The number of lines that ``standardError`` has dropped since the process started.
    ///
    /// A line is dropped if the stream is not read in time, is closed, or cannot be written to.
    public static var droppedLines: Int { StandardError.droppedLines }

    /// The longest line, in bytes of UTF-8.
    package static let longestLine = 4_000

    /// A log that discards all lines.
    public static let silent = LogSink { _, _ in }

    /// Returns a log that puts a name before each line, to distinguish servers and clients with the same destination.
    ///
    ///     configuration.log = .standardError.named("prices")    // webshocket info: prices: …
    ///
    /// - Parameter name: The text before the colon. Control characters in it are escaped. If the log already has a
    ///   name, that name comes first.
    public func named(_ name: String) -> LogSink {
        let prefix = "\(name.escapingControlCharacters): "
        return LogSink { [write] level, line in write(level, prefix + line) }
    }

    package func callAsFunction(_ level: Level, _ line: @autoclosure () -> String) {
        // Cut before escaping too, so that only the beginning of a long line is processed.
        write(level, line().cut(toUTF8: Self.longestLine).escapingControlCharacters.cut(toUTF8: Self.longestLine))
    }
}
