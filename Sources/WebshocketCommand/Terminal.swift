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
        fflush(nil)
        let line = line + "\n"
        _ = line.withCString { write(STDERR_FILENO, $0, strlen($0)) }
        exit(status)
    }
}
