import CUV

/// The standard output stream of the process, for callers that must not block.
package enum StandardOutput {
    private static let writer = LineWriter(LineQueue { _ in [] }) { line in
        line.withUnsafeBytes { bytes in
            cuv_write_all(STDOUT_FILENO, bytes.bindMemory(to: CChar.self).baseAddress, bytes.count)
        } == line.count
    }

    /// Queues a line. Thread-safe. The line is dropped if the queue is full or it cannot be written.
    package static func write(line: String) { writer.append(Array("\(line)\n".utf8)) }
}
