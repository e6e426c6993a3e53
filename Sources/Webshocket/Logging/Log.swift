import EventLoops

/// The destination of log lines: one closure, called from any thread.
///
/// A line has at most 4,000 bytes; a longer one is cut and ends with `… (cut)`. Lines that peers can cause again and
/// again are limited. Each cause gets one line in 10 seconds; internal errors (per type), attributes without a value
/// and refused admissions get five; client events ten. The next line says how many were not logged.
public struct Log: Sendable {
    /// How much a line matters.
    public enum Level: String, Sendable {
        /// Something a user of the server will notice.
        case error
        /// Something that an operator may want to look into.
        case warning
        /// Something worth knowing.
        case info
    }

    private let write: @Sendable (Level, String) -> Void

    /// Sends each line to `write`; control characters in it are already escaped, so that no peer can forge a line.
    /// - Parameter write: called on any thread, event loops included, with the level and the line. It must not block:
    ///   the connections of the loop wait for it.
    public init(_ write: @escaping @Sendable (Level, String) -> Void) {
        self.write = write
    }

    /// Writes lines to the standard error stream, in order, on a thread of its own.
    ///
    /// Never blocks: when the stream is not read, up to 1,024 lines or 256 KiB wait, and further lines are dropped. The log
    /// then says how many, and so does ``droppedLines``. An exit of the process waits up to 0.25 s for queued lines.
    /// Nothing is written if the stream was closed when the process began.
    public static let standardError = Log { level, line in
        StandardError.write(line: "webshocket \(level.rawValue): \(line)")
    }

    /// The number of lines that ``standardError`` has dropped since the process began, because the stream was not read in
    /// time, was closed, or could not be written to.
    public static var droppedLines: Int { StandardError.droppedLines }

    /// The longest line in bytes of UTF-8.
    static let longestLine = 4_000

    /// Says nothing.
    public static let silent = Log { _, _ in }

    /// The same lines with a name in front, to tell apart the servers and clients that log to one place.
    ///
    ///     configuration.log = .standardError.named("prices")    // webshocket info: prices: …
    ///
    /// - Parameter name: put in front with a colon; control characters in it are escaped. A log that has a name already
    ///   puts its own before it.
    public func named(_ name: String) -> Log {
        let prefix = "\(name.escapingControlCharacters): "
        return Log { [write] level, line in write(level, prefix + line) }
    }

    func callAsFunction(_ level: Level, _ line: @autoclosure () -> String) {
        // Cut before as well, so that a long line costs no more than its beginning.
        write(level, line().cut(toUTF8: Self.longestLine).escapingControlCharacters.cut(toUTF8: Self.longestLine))
    }
}
