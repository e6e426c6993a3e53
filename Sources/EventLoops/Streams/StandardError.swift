import CUV

/// The standard error stream of the process.
package enum StandardError {
    /// Writes a line with one `write(2)`, so that lines of several threads do not mix; on any thread.
    ///
    /// What a full pipe does not take is dropped: nobody waits for whoever reads the log.
    package static func write(line: String) {
        var line = line + "\n"
        line.withUTF8 { bytes in
            _ = CUV.write(STDERR_FILENO, bytes.baseAddress, bytes.count)
        }
    }
}
