import Foundation

/// A child process, with pipes from its standard output and standard error.
///
/// Foundation's `Process` is not used. It enumerates the descriptors of this process when it starts a child, and
/// crashes if other tests open and close thousands of descriptors at the same time.
final class ChildProcess {
    struct Outcome: Sendable {
        let status: Int32
        let output: String
        let errors: String
    }

    struct Failure: Error {
        let number: Int32
    }

    /// Held until the pipes are marked as close-on-exec and the child runs. If another child inherited a pipe, its
    /// reader would not see the end.
    private static let spawning = NSLock()
    private static let killings = DispatchQueue(label: "child-processes")

    let identifier: pid_t
    private let output: FileHandle
    private let errors: FileHandle
    private var hasEnded = false
    private var isOutputClosed = false

    /// - Parameters:
    ///   - executable: A path, or a name that is looked up in `PATH`.
    ///   - stream: A descriptor to use as standard error; nil for a pipe that ``finish()`` reads.
    init(_ executable: String, _ arguments: [String], standardError stream: Int32? = nil) throws {
        Self.spawning.lock()
        defer { Self.spawning.unlock() }
        let (outputEnd, outputFor) = try Self.pipe()
        let (errorsEnd, errorsFor) = try Self.pipe()
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_adddup2(&actions, outputFor, 1)
        posix_spawn_file_actions_adddup2(&actions, stream ?? errorsFor, 2)
        // The child would inherit the signal mask of this thread, which may block signals such as SIGTERM.
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var none = sigset_t()
        sigemptyset(&none)
        posix_spawnattr_setsigmask(&attributes, &none)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK))

        var words: [UnsafeMutablePointer<CChar>?] = ([executable] + arguments).map { strdup($0) } + [nil]
        defer { for word in words { free(word) } }
        var identifier: pid_t = 0
        let result = posix_spawnp(&identifier, executable, &actions, &attributes, &words, environ)
        close(outputFor)
        close(errorsFor)
        output = FileHandle(fileDescriptor: outputEnd, closeOnDealloc: true)
        errors = FileHandle(fileDescriptor: errorsEnd, closeOnDealloc: true)
        self.identifier = identifier
        guard result == 0 else { throw Failure(number: result) }
    }

    deinit {
        guard !hasEnded, identifier > 0 else { return }
        kill(identifier, SIGKILL)
        waitpid(identifier, nil, 0)
    }

    /// Creates a pipe that other children do not inherit.
    private static func pipe() throws -> (read: Int32, write: Int32) {
        var ends: [Int32] = [-1, -1]
        guard Foundation.pipe(&ends) == 0 else { throw Failure(number: errno) }
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        return (ends[0], ends[1])
    }

    func terminate() {
        guard !hasEnded else { return }
        kill(identifier, SIGTERM)
    }

    /// Returns the next output; waits for it without blocking a thread of the tests.
    func nextOutput() async -> String {
        await aside { [output] in String(decoding: output.availableData, as: UTF8.self) }
    }

    /// Runs blocking work that waits for the process, and kills the process after a timeout. The time limit of a test
    /// does not end blocking work.
    private func aside<Result: Sendable>(_ body: @escaping @Sendable () -> Result) async -> Result {
        let killing = DispatchWorkItem { [identifier] in kill(identifier, SIGKILL) }
        Self.killings.asyncAfter(deadline: .now() + 280, execute: killing)
        defer { killing.cancel() }
        return await withCheckedContinuation { continuation in
            DispatchQueue.global().async { continuation.resume(returning: body()) }
        }
    }

    /// Closes the pipe from standard output, so that further writes of the process fail.
    func closeOutput() throws {
        isOutputClosed = true
        try output.close()
    }

    /// Waits for the process to end, without blocking a thread of the tests.
    func finish() async -> Outcome {
        let (identifier, output, errors) = (identifier, isOutputClosed ? nil : output, errors)
        let outcome = await aside {
            let said = output?.readDataToEndOfFile() ?? Data()
            let complained = errors.readDataToEndOfFile()
            var status: Int32 = 0
            waitpid(identifier, &status, 0)
            let signal = status & 0x7F
            return Outcome(
                status: signal == 0 ? status >> 8 & 0xFF : -signal, output: String(decoding: said, as: UTF8.self),
                errors: String(decoding: complained, as: UTF8.self))
        }
        hasEnded = true
        return outcome
    }

    /// The number of bytes that a process has read so far, from files and sockets; nil if it is not available.
    static func bytesRead(by identifier: pid_t) -> Int? {
        let lines = try? String(contentsOfFile: "/proc/\(identifier)/io", encoding: .utf8).split(separator: "\n")
        return lines?.first { $0.hasPrefix("rchar: ") }.flatMap { Int($0.dropFirst("rchar: ".count)) }
    }

    /// The number of open descriptors of the process; nil if it is not available.
    var descriptorCount: Int? {
        try? FileManager.default.contentsOfDirectory(atPath: "/proc/\(identifier)/fd").count
    }
}
