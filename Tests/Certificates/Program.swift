import Foundation

/// A process of its own that can be told something and says something, such as `openssl s_client`.
///
/// Not Foundation's `Process`: that looks through the descriptors of this process while it starts, and other tests open
/// and close thousands of them meanwhile.
package final class Program: @unchecked Sendable {
    package struct Outcome: Sendable {
        package let status: Int32
        /// Both what it said and what it complained of.
        package let output: String
    }

    package struct Failure: Error {
        let number: Int32
    }

    /// Held from the making of the pipes until they are marked and the child runs.
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

    package func say(_ text: String) {
        _ = text.withCString { write(input, $0, strlen($0)) }
    }

    /// What it says until it has said `text`, or ends; waits for it off the tests' own threads.
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

    /// Not by SIGTERM: a child has inherited what the thread that started it blocks.
    package func terminate() { kill(identifier, SIGKILL) }

    /// Waits for the end; blocks.
    fileprivate func finishNow() -> Outcome {
        var said = ""
        while let more = nextOutput() { said += more }
        var status: Int32 = 0
        waitpid(identifier, &status, 0)
        let signal = status & 0x7F
        return Outcome(status: signal == 0 ? status >> 8 & 0xFF : -signal, output: said)
    }

    /// Waits for the end, off the tests' own threads.
    package func finish() async -> Outcome {
        await withCheckedContinuation { continuation in
            DispatchQueue.global().async { [self] in continuation.resume(returning: finishNow()) }
        }
    }

    /// Runs one that is told nothing and soon ends; blocks.
    package static func run(_ executable: String, _ arguments: [String]) throws -> Outcome {
        try Program(executable, arguments).finishNow()
    }
}
