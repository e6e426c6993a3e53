import CUV

#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

/// The standard error stream of the process, for log lines.
///
/// Lines are queued and written by a thread of their own, in order. Lines that do not fit the queue, or that the stream
/// refuses, are dropped and counted; when writing goes on, a line reports how many.
package enum StandardError {
    /// The longest line in bytes, with its newline: what a pipe takes in one piece on Linux.
    package static let longestLine = 4_096
    /// How long an exit waits for queued lines.
    private static let exitPatience = 250

    private static let stream = StandardErrorStream()
    private static let process = getpid()
    private static let writer = {
        flushesAtExit
        return LineWriter(
            LineQueue { count in
                let lines = count == 1 ? "1 log line was" : "\(count) log lines were"
                return Array("webshocket warning: \(lines) dropped: standard error did not take all of them\n".utf8)
            }, write: { stream.write($0) })
    }()

    /// Makes the exit of the process wait briefly for queued lines.
    static let flushesAtExit: Void = {
        remember()
        atexit { StandardError.flush() }
    }()

    /// Remembers what descriptor 2 refers to. Called before the process opens descriptors of its own: one of these would
    /// get the number 2 if the stream was closed at start, and must not be taken for the stream.
    package static func remember() {
        _ = stream
        _ = process
    }

    /// Queues a line; on any thread. Never waits for the reader of the stream.
    /// - Parameter line: without a newline; cut if it is longer than ``longestLine``.
    package static func write(line: String) {
        var bytes = Array(line.cut(toUTF8: longestLine - 1).utf8)
        bytes.append(UInt8(ascii: "\n"))
        writer.append(bytes)
    }

    /// The number of lines that were dropped since the process began.
    package static var droppedLines: Int { writer.dropped }

    /// Waits for queued lines to be written, at most a quarter of a second.
    package static func flush() {
        // A forked process has the queue, perhaps locked, but not the thread.
        guard getpid() == process else { return }
        writer.flush(within: exitPatience)
    }
}
