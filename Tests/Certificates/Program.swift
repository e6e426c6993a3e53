import Foundation

/// A child process with pipes for its input and output, such as `openssl s_client`.
///
/// It does not use Foundation's `Process`, which enumerates the descriptors of this process when it starts a child.
/// Other tests open and close thousands of descriptors at the same time.
package final class Program: @unchecked Sendable {
    package struct Outcome: Sendable {
        package let status: Int32
        /// The standard output and the standard error of the process together.
        package let output: String
    }

    package struct Failure: Error {
        let number: Int32
    }

    /// Locked until the pipes are marked close-on-exec and the child has started, so no other child inherits them.
    private static let spawning = NSLock()

    package let identifier: pid_t
    private let input: Int32
    private let output: Int32

    package init(_ executable: String, _ arguments: [String]) throws {
        Self.spawning.lock()
        defer { Self.spawning.unlock() }
        let (inputFor, inputEnd) = try Self.pipe()
        let (outputEnd, outputFor) = try Self.pipe()
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_adddup2(&actions, inputFor, 0)
        posix_spawn_file_actions_adddup2(&actions, outputFor, 1)
        posix_spawn_file_actions_adddup2(&actions, outputFor, 2)
        var words: [UnsafeMutablePointer<CChar>?] = ([executable] + arguments).map { strdup($0) } + [nil]
        defer { for word in words { free(word) } }
        var identifier: pid_t = 0
        let result = posix_spawnp(&identifier, executable, &actions, nil, &words, environ)
        close(inputFor)
        close(outputFor)
        input = inputEnd
        output = outputEnd
        self.identifier = identifier
        guard result == 0 else { throw Failure(number: result) }
    }

    deinit {
        close(input)
        close(output)
    }

    private static func pipe() throws -> (read: Int32, write: Int32) {
        var ends: [Int32] = [-1, -1]
        guard Foundation.pipe(&ends) == 0 else { throw Failure(number: errno) }
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        return (ends[0], ends[1])
    }

    /// Writes text to the standard input of the process.
    package func say(_ text: String) {
        _ = text.withCString { write(input, $0, strlen($0)) }
    }

    /// Reads the output until it contains `text` or the process ends. Waits on another thread.
    /// - Returns: The output that was read.
    package func output(until text: String) async -> String {
        await withCheckedContinuation { continuation in
            DispatchQueue.global().async { [self] in
                var said = ""
                while !said.contains(text), let more = nextOutput() { said += more }
                continuation.resume(returning: said)
            }
        }
    }

    private func nextOutput() -> String? {
        var bytes = [UInt8](repeating: 0, count: 4_096)
        let count = read(output, &bytes, bytes.count)
        return count > 0 ? String(decoding: bytes.prefix(count), as: UTF8.self) : nil
    }

    /// Terminates the process with SIGKILL. SIGTERM may be blocked: a child inherits the signal mask of the thread that
    /// started it.
    package func terminate() { kill(identifier, SIGKILL) }

    /// Reads the output, and waits for the end of the process. Blocks.
    fileprivate func finishNow() -> Outcome {
        var said = ""
        while let more = nextOutput() { said += more }
        var status: Int32 = 0
        waitpid(identifier, &status, 0)
        let signal = status & 0x7F
        return Outcome(status: signal == 0 ? status >> 8 & 0xFF : -signal, output: said)
    }

    /// Reads the output, and waits for the end of the process. Waits on another thread.
    package func finish() async -> Outcome {
        await withCheckedContinuation { continuation in
            DispatchQueue.global().async { [self] in continuation.resume(returning: finishNow()) }
        }
    }

    /// Runs a program without input until it ends. Blocks.
    package static func run(_ executable: String, _ arguments: [String]) throws -> Outcome {
        try Program(executable, arguments).finishNow()
    }
}
