#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// The streams of the process.
enum Terminal {
    /// Prints a line at once, also into a pipe.
    /// - Returns: whether it could be written, as it cannot into a pipe that nobody reads any more.
    @discardableResult
    static func say(_ line: String) -> Bool {
        print(line)
        return fflush(nil) == 0
    }

    /// Prints a line to the standard error stream and ends the process.
    static func fail(_ line: String, status: Int32) -> Never {
        complain(line)
        exit(status)
    }

    /// Prints a line to the standard error stream, and waits until it is written.
    static func complain(_ line: String) {
        fflush(nil)
        var line = line + "\n"
        line.withUTF8 { bytes in
            var rest = UnsafeRawBufferPointer(bytes)
            while let start = rest.baseAddress, !rest.isEmpty {
                let count = write(STDERR_FILENO, start, rest.count)
                if count < 0, errno == EINTR { continue }
                guard count > 0 else { break }
                rest = UnsafeRawBufferPointer(rebasing: rest[count...])
            }
        }
    }
}
