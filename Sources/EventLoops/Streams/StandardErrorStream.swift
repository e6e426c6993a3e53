import CUV

#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

/// Descriptor 2, if it is the standard error stream.
///
/// Nothing is written if the descriptor was closed at initialization, or refers to a different pipe or socket now. Such
/// a descriptor may belong to an event loop. A file or a terminal may replace the stream, for example in log rotation.
///
/// Unchecked because `LineWriter` calls `write` for one line at a time.
final class StandardErrorStream: @unchecked Sendable {
    private let original = cuv_stream_at(STDERR_FILENO)
    /// Whether the last write failed in the middle of a line.
    private var isInLine = false

    /// Writes a line that includes its newline. Waits for the reader of the stream.
    /// - Returns: Whether the whole line was written.
    func write(_ line: [UInt8]) -> Bool {
        guard isStream else { return false }
        let line = isInLine ? [UInt8(ascii: "\n")] + line : line
        let count = line.withUnsafeBytes { bytes in
            cuv_write_all(STDERR_FILENO, bytes.bindMemory(to: CChar.self).baseAddress, bytes.count)
        }
        isInLine = isInLine ? count != 1 && count < line.count : count > 0 && count < line.count
        return count == line.count
    }

    /// Whether a line of at most ``StandardError/longestLine`` bytes can be written without waiting for a reader.
    ///
    /// A pipe is writable if it has room for that many bytes. A terminal may be, and wait for its user all the same.
    var isWritable: Bool {
        guard isStream, isatty(STDERR_FILENO) == 0 else { return false }
        var descriptor = pollfd(fd: STDERR_FILENO, events: Int16(POLLOUT), revents: 0)
        return poll(&descriptor, 1, 0) == 1 && descriptor.revents & Int16(POLLOUT) != 0
    }

    private var isStream: Bool {
        let now = cuv_stream_at(STDERR_FILENO)
        guard original.is_open != 0, now.is_open != 0 else { return false }
        return now.is_file_or_terminal != 0 || (now.device == original.device && now.inode == original.inode)
    }
}
