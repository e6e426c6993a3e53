import CUV

/// The standard output stream of the process, for lines that nothing may wait for.
package enum StandardOutput {
    private static let writer = LineWriter(LineQueue { _ in [] }) { line in
        line.withUnsafeBytes { bytes in
            cuv_write_all(STDOUT_FILENO, bytes.bindMemory(to: CChar.self).baseAddress, bytes.count)
        } == line.count
    }

    /// Queues a line; on any thread. It is dropped if the stream does not take it.
    package static func write(line: String) { writer.append(Array("\(line)\n".utf8)) }
}
