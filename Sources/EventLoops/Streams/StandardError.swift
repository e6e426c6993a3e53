import CUV

#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

/// The standard error stream of the process, for log lines.
///
/// Lines are queued, and a separate thread writes them in order. Lines that do not fit in the queue or cannot be
/// written are dropped. When writing resumes, a line reports how many were dropped.
package enum StandardError {
    /// The maximum length of a line in bytes, with its newline: Linux writes as much to a pipe atomically.
    package static let longestLine = 4_096
    /// The maximum time in milliseconds for which an exit waits for queued lines.
    private static let exitPatience = 250

    private static let stream = StandardErrorStream()
    private static let process = getpid()
    private static let writer = {
        flushesAtExit
        return LineWriter(
            LineQueue { count in
                let lines = count == 1 ? "1 log line was" : "\(count) log lines were"
                return Array("webshocket warning: \(lines) dropped: standard error did not accept them\n".utf8)
            }, write: { stream.write($0) }, isWritable: { stream.isWritable })
    }()

    /// Registers an exit handler that waits briefly for queued lines.
    static let flushesAtExit: Void = {
        remember()
        atexit { StandardError.flush() }
    }()

    /// Records the file that descriptor 2 refers to. Call it before the process opens other descriptors.
    ///
    /// If standard error was closed when the process started, a descriptor that is opened later gets the number 2. It
    /// must not be mistaken for standard error.
    package static func remember() {
        _ = stream
        _ = process
    }

    /// Queues a line. Thread-safe, and never waits for the reader of the stream.
    /// - Parameter line: The text without a newline. It is truncated if it is longer than ``longestLine``.
    package static func write(line: String) {
        var bytes = Array(line.cut(toUTF8: longestLine - 1).utf8)
        bytes.append(UInt8(ascii: "\n"))
        writer.append(bytes)
    }

    /// The number of lines that were dropped since the process started.
    package static var droppedLines: Int { writer.dropped }

    /// Waits until queued lines are written, at most a quarter of a second.
    package static func flush() {
        // A forked process has a copy of the queue, perhaps locked, but not the thread.
        guard getpid() == process else { return }
        writer.flush(within: exitPatience)
    }
}
