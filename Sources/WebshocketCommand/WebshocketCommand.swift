import CMemory
import EventLoops
import Webshocket

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// The command line: `webshocket serve`, `webshocket call` and `webshocket stream`.
@main
enum WebshocketCommand {
    static let version = "0.1.0"

    static func main() async {
        ProcessSetup.openStreams()
        // This affects the whole process, so only a program may do it, not a library.
        cmemory_release_large_blocks()
        let words = Array(CommandLine.arguments.dropFirst())
        guard let first = words.first else { Terminal.fail(Command.shortUsage, status: 2) }
        let command = Command(rawValue: first)
        do {
            if let command {
                try await prepare(command, Array(words.dropFirst()))()
            } else {
                try answer(first, words.dropFirst().first)
            }
        } catch let error as UsageError {
            let help = command.map { "webshocket \($0.rawValue) --help" } ?? "webshocket --help"
            Terminal.fail("webshocket: \(error.message.escapingControlCharacters); see '\(help)'", status: 2)
        } catch {
            end(of: command, error)
        }
    }

    /// Parses the arguments of a command and prepares the process. Must be called before the first `await`.
    /// - Returns: A closure that runs the command.
    private static func prepare(_ command: Command, _ words: [String]) throws -> () async throws -> Void {
        if words.first == "-h" || words.prefix(while: { $0 != "--" }).contains("--help") {
            return { try Terminal.say(command.help) }
        }
        switch command {
        case .serve:
            let command = try ServeCommand(words)
            try command.prepareProcess()
            return command.run
        case .call:
            let command = try CallCommand(words)
            try ProcessSetup.checkResources()
            return command.run
        case .stream:
            let command = try StreamCommand(words)
            try ProcessSetup.checkResources()
            return command.run
        }
    }

    /// Handles a first word that is not a command.
    private static func answer(_ word: String, _ next: String?) throws {
        switch word {
        case "help", "--help", "-h":
            guard let next else { return try Terminal.say(Command.help) }
            guard let command = Command(rawValue: next) else { throw UsageError("unknown command '\(next.redacted)'") }
            try Terminal.say(command.help)
        case "--version":
            try Terminal.say("webshocket \(version)")
        default:
            let kind = word.hasPrefix("-") ? "option" : "command"
            throw UsageError("unknown \(kind) '\(word.redacted)'")
        }
    }

    /// Prints an error in one line and exits. Control characters are escaped, because the text may come from a server.
    private static func end(of command: Command?, _ error: any Error) -> Never {
        // The error of a call is printed without this prefix, so that it begins with its code, for scripts.
        let isOwn = error is ResourceShortage || error is OutputError || command == .serve
        let text = (isOwn ? "webshocket: " : "") + "\(error)".escapingControlCharacters
        // A server does not block on the reader of its log, unless it could not start the thread that writes it.
        if command == .serve, !(error is ResourceShortage) {
            StandardError.write(line: text)
        } else {
            Terminal.complain(text)
        }
        exit(1)
    }
}
