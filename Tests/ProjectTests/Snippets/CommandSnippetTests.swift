import Foundation
import Testing

/// Tests that run the shell commands and the Python programs of the documents. Only the ports and the build folder
/// differ.
@Suite("A command of the documents", .timeLimit(.minutes(5)))
struct CommandSnippetTests {
    static let defaultURL = "ws://127.0.0.1:5000"

    @Test("runs as written", arguments: try Snippet.all(language: "sh"))
    func shell(_ snippet: Snippet) async throws {
        let lines = snippet.text.split(separator: "\n").map { line in
            line.split(separator: "#")[0].split(separator: " ").map(String.init)
        }
        switch snippet.mark {
        case "run: serve": try await serve(snippet.text.split(separator: " && ").map(String.init))
        case "run: call": try await call(lines, in: snippet.document)
        case "run: tests":
            #expect(lines == [["Tests/run"]])
            try await expectExecutable("Tests/run")
        case "run: chat": try await chat(lines)
        case "run: install": try await install(lines)
        case "run: runtime packages": try await runtimePackages(lines)
        case "run: static": try staticBuild(lines)
        default: Issue.record("no test runs \(snippet.testDescription)")
        }
    }

    /// Checks that the packages match Package.swift and `Tests/prepare`, and starts the server.
    private func serve(_ commands: [String]) async throws {
        try #require(commands.count == 3 && commands[0] == "apt-get update")
        let install = "apt-get install -y "
        try #require(commands[1].hasPrefix(install))
        let packages = commands[1].dropFirst(install.count).split(separator: " ").map(String.init)
        #expect(Set(packages) == Set(try providers("apt") + ["pkg-config"]))
        let prepared = try SourceTree.text(of: "Tests/prepare")
        for package in packages { #expect(prepared.contains(package), "\(package)") }

        let run = "swift run -c release webshocket "
        try #require(commands[2].hasPrefix(run))
        let words = commands[2].dropFirst(run.count).split(whereSeparator: \.isWhitespace).map(String.init)
        let command = try RunningCommand.start(words)
        let said = await command.nextOutput()
        command.terminate()
        let outcome = await command.finish()
        // Another program may use the port.
        #expect(said.contains(Self.defaultURL) || outcome.errors.contains("5000"), "\(said) \(outcome)")
    }

    private func call(_ lines: [[String]], in document: String) async throws {
        try #require(lines.count == 1 && lines[0].first == ".build/release/webshocket")
        let (server, url) = try await RunningCommand.serve()
        defer { server.terminate() }
        #expect(lines[0].contains(Self.defaultURL))
        let words = lines[0].dropFirst().map { $0 == Self.defaultURL ? url : $0 }
        let outcome = try await RunningCommand.start(words).finish()
        #expect(outcome.output == "30\n" && outcome.errors == "" && outcome.status == 0)
        #expect(try SourceTree.text(of: document).contains("\nIt prints `30`."))
    }

    private func chat(_ lines: [[String]]) async throws {
        let run = ["swift", "run", "Chat"]
        try #require(lines.count == 2 && lines.allSatisfy { $0.starts(with: run) })
        let options = lines.map { Array($0.dropFirst(run.count)) }
        let server = try RunningCommand.start(example: "Chat", options[0] + ["--port", "0"])
        defer { server.terminate() }
        var said = ""
        while !said.contains("#admin=") {
            let next = await server.nextOutput()
            try #require(!next.isEmpty, "\(said)")
            said += next
        }
        let port = try #require(said.firstMatch(of: /127\.0\.0\.1:(\d+)/)?.1)
        let url = ["--url", "ws://127.0.0.1:\(port)/chat"]
        // The client exits at once, because its input is empty.
        let outcome = try await RunningCommand.run(example: "Chat", options[1] + url)
        #expect(outcome.output.hasPrefix("ann | #tea with ann"), "\(outcome)")
        #expect(outcome.status == 0)
    }

    @Test(
        "in Python runs as written, with the package that `pip install webshocket` installs",
        .enabled(if: PythonServer.canServe, PythonServer.absence), arguments: try Snippet.all(language: "python"))
    func python(_ snippet: Snippet) async throws {
        if snippet.mark == "run: board.py" { return try await board(snippet) }
        try #require(snippet.mark == "run: python", "no test runs \(snippet.testDescription)")
        let (server, url) = try await RunningCommand.serve()
        defer { server.terminate() }
        #expect(snippet.text.contains("\"\(Self.defaultURL)\""))
        let program = snippet.text.replacing(Self.defaultURL, with: url)
        let outcome = try await ChildProcess(PythonServer.python, ["-c", program]).finish()
        // A comment after each `print` has its output.
        let printed = snippet.text.split(separator: "\n").filter { $0.contains("print(") }
            .map { "\($0.split(separator: "# ").last ?? "")\n" }
        #expect(!printed.isEmpty && outcome.output == printed.joined() && outcome.status == 0, "\(outcome)")
    }

    @Test("in a sentence names existing programs, options and files", arguments: try inlineCommands())
    func inline(_ words: [String]) async throws {
        switch words[0] {
        case "webshocket":
            // The help of the subcommand counts too.
            let subcommand = words.dropFirst().prefix { !$0.hasPrefix("-") }.prefix(1)
            let whole = try await RunningCommand.run("--help")
            let part = try await RunningCommand.start(subcommand + ["--help"]).finish()
            let help = whole.output + part.output
            for word in subcommand { #expect(help.contains("webshocket \(word)"), "\(word)") }
            for word in words where word.hasPrefix("--") && word != "--help" { #expect(help.contains(word), "\(word)") }
        case "swift" where words.count > 2 && words[1] == "run":
            let name = try #require(words.dropFirst(2).first { !$0.hasPrefix("-") && $0 != "release" })
            // Of this package, and of the packages in the documents.
            let manifests = [try SourceTree.text(of: "Package.swift")] + (try SourceTree.documents().map(\.text))
            let programs = manifests.joined().matches(of: /\.executable(?:Target)?\(\s*name: "([\w-]+)"/)
            #expect(programs.contains { $0.1 == name }, "\(name)")
        case "swift": #expect(words[1] == "build")
        case "brew": #expect(Set(words.dropFirst(2)) == Set(try providers("brew") + ["pkgconf"]))
        case let path where path.hasPrefix(".build/"): break
        // Commands have no extension; this names a file.
        case let path where path.contains("."):
            #expect(FileManager.default.fileExists(atPath: SourceTree.root.appending(path: path).path), "\(path)")
        case let path: try await expectExecutable(path)
        }
        for word in words where word.hasPrefix(".build/") {
            let name = try #require(word.split(separator: "/").last)
            #expect(try SourceTree.text(of: "Package.swift").firstRange(of: "name: \"\(name)\"") != nil, "\(name)")
        }
    }

    /// The words of each command in backticks in the sentences of the documents.
    private static func inlineCommands() throws -> [[String]] {
        try SourceTree.documents().filter { $0.path != "CHANGELOG.md" }.flatMap { try inlineCommands(of: $0) }
    }

    private static func inlineCommands(of document: SourceTree.File) throws -> [[String]] {
        var text = document.text
        for snippet in Snippet.all(in: text, of: document.path) { text = text.replacing(snippet.text, with: "") }
        text = text.replacing("```", with: "")
        return text.matches(of: /`((?:webshocket |swift run |swift build |brew |Tests\/\w+\/)[^`]*)`/).flatMap {
            match in
            match.1.replacing("'", with: "").split(separator: "&&").map { command in
                command.split(whereSeparator: \.isWhitespace).map(String.init)
            }
        }
    }

    private func expectExecutable(_ path: String) async throws {
        let outcome = try await ChildProcess("test", ["-x", SourceTree.root.appending(path: path).path]).finish()
        #expect(outcome.status == 0, "\(path) is not executable")
    }

    /// The packages that Package.swift names for a package manager.
    func providers(_ manager: String) throws -> [String] {
        let manifest = try SourceTree.text(of: "Package.swift")
        return manifest.matches(of: /\.(apt|brew)\(\["([^"]+)"\]\)/).filter { $0.1 == manager }.map { String($0.2) }
    }
}
