import Foundation

/// Runs the built programs of the tested configuration.
enum RunningCommand {
    struct NotBuilt: Error {}

    /// The path of a program, which SwiftPM puts beside the test bundle.
    static func executable(_ name: String = "webshocket") throws -> String {
        var folder = URL(filePath: CommandLine.arguments[0]).deletingLastPathComponent()
        for _ in 0..<3 {
            let candidate = folder.appending(path: name).path
            if FileManager.default.isExecutableFile(atPath: candidate) { return candidate }
            folder.deleteLastPathComponent()
        }
        throw NotBuilt()
    }

    static func start(_ arguments: [String]) throws -> ChildProcess {
        try ChildProcess(executable(), arguments)
    }

    /// - Parameter environment: Additional variables, as `NAME=VALUE`.
    static func start(_ arguments: [String], environment: [String]) throws -> ChildProcess {
        try ChildProcess("env", environment + [executable()] + arguments)
    }

    /// - Parameter descriptors: The most descriptors that the process may have open; those of the tests do not count.
    static func start(_ arguments: [String], descriptors: Int) throws -> ChildProcess {
        try startInShell(arguments, before: "ulimit -n \(descriptors);")
    }

    /// - Parameter stream: A descriptor to use as standard error.
    static func start(_ arguments: [String], standardError stream: Int32) throws -> ChildProcess {
        try ChildProcess(executable(), arguments, standardError: stream)
    }

    /// - Parameters:
    ///   - name: The name of the program.
    ///   - before: Shell commands to run before the command, such as `ulimit -n 20;`.
    ///   - after: Redirections of the command, such as `2>&-`.
    static func startInShell(
        _ arguments: [String], of name: String = "webshocket", before: String = "", after: String = ""
    ) throws -> ChildProcess {
        // Descriptors of the tests must not count. Backtraces are disabled because they take long.
        let closing = #"for fd in /proc/$$/fd/*; do fd=${fd##*/}; [ "$fd" -le 2 ] || eval "exec $fd>&-"; done;"#
        let script = "\(closing) \(before) SWIFT_BACKTRACE=enable=no exec \"$0\" \"$@\" \(after)"
        return try ChildProcess("bash", ["-c", script, try executable(name)] + arguments)
    }

    static func run(_ arguments: String...) async throws -> ChildProcess.Outcome {
        try await start(arguments).finish()
    }

    static func run(example: String, _ arguments: String...) async throws -> ChildProcess.Outcome {
        try await run(example: example, arguments)
    }

    static func start(example: String, _ arguments: [String]) throws -> ChildProcess {
        try ChildProcess(executable(example), arguments)
    }

    static func run(example: String, _ arguments: [String]) async throws -> ChildProcess.Outcome {
        try await ChildProcess(executable(example), arguments).finish()
    }

    /// Starts a server on a free port, and returns after it has printed its URL.
    static func serve(_ arguments: String...) async throws -> (command: ChildProcess, url: String) {
        let command = try start(["serve", "--port", "0"] + arguments)
        // The following lines are the methods.
        let line = await command.nextOutput().prefix { !$0.isNewline }
        guard let url = line.split(separator: " ").last else { throw NotBuilt() }
        return (command, String(url))
    }
}
