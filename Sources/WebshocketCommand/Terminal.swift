import EventLoops

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// The error for a failed write to standard output.
struct OutputError: Error, CustomStringConvertible {
    /// The value of `errno`.
    let number: Int32

    /// Whether the reader has closed the pipe, as `head` does.
    var isClosedByReader: Bool { number == EPIPE }

    var description: String { "cannot write to standard output: \(String(cString: strerror(number)))" }
}

/// The standard streams of the process.
enum Terminal {
    /// Whether standard output is a terminal, which interprets control characters.
    static var showsOutput: Bool { isatty(STDOUT_FILENO) == 1 }

    /// Prints a line without buffering, even if standard output is a pipe.
    static func say(_ line: String) throws(OutputError) {
        if let number = write(line + "\n", to: STDOUT_FILENO) { throw OutputError(number: number) }
    }

    /// Prints a line without blocking. If the reader of a pipe does not read, the line is written later, or never.
    static func announce(_ line: String) throws(OutputError) {
        var stream = pollfd(fd: STDOUT_FILENO, events: Int16(POLLOUT), revents: 0)
        // A pipe that is ready for writing accepts 4,096 bytes without blocking.
        if line.utf8.count < 4_096, poll(&stream, 1, 0) == 1 {
            try say(line)
        } else {
            StandardOutput.write(line: line)
        }
    }

    /// Prints a line to standard error and exits.
    static func fail(_ line: String, status: Int32) -> Never {
        complain(line)
        exit(status)
    }

    /// Prints a line to standard error, and blocks until it is written.
    static func complain(_ line: String) { _ = write(line + "\n", to: STDERR_FILENO) }

    /// Writes a whole text, and blocks until it is written.
    /// - Returns: The value of `errno` if the write failed; nil on success.
    private static func write(_ text: String, to stream: Int32) -> Int32? {
        var text = text
        return text.withUTF8 { bytes in
            var rest = UnsafeRawBufferPointer(bytes)
            while let start = rest.baseAddress, !rest.isEmpty {
                #if canImport(Darwin)
                    let count = Darwin.write(stream, start, rest.count)
                #elseif canImport(Musl)
                    let count = Musl.write(stream, start, rest.count)
                #else
                    let count = Glibc.write(stream, start, rest.count)
                #endif
                if count > 0 {
                    rest = UnsafeRawBufferPointer(rebasing: rest[count...])
                } else if count < 0, errno == EAGAIN {
                    // Another process that shares the stream has made it non-blocking.
                    var ready = pollfd(fd: stream, events: Int16(POLLOUT), revents: 0)
                    poll(&ready, 1, -1)
                } else if count == 0 || errno != EINTR {
                    return count == 0 ? EIO : errno
                }
            }
            return nil
        }
    }
}
