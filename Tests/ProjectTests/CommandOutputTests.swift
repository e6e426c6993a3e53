import Foundation
import Testing

@Suite("The output of the command line", .timeLimit(.minutes(5)))
struct CommandOutputTests {
    @Test(
        "is the help of a command, regardless of the position of --help",
        arguments: [
            (["call", "--help"], "call"), (["call", "-h"], "call"), (["help", "call"], "call"),
            (["call", "ws://127.0.0.1:1", "add", "--timeout", "--help"], "call"), (["serve", "--help"], "serve"),
            (["serve", "--port", "x", "--help"], "serve"), (["stream", "--help"], "stream"),
        ] as [([String], String)])
    func help(words: [String], command: String) async throws {
        let outcome = try await RunningCommand.start(words).finish()
        #expect(outcome.status == 0 && outcome.errors == "")
        #expect(outcome.output.hasPrefix("usage: webshocket \(command) "))
        let usages = outcome.output.split(separator: "\n").filter { $0.contains(" webshocket ") }
        #expect(usages.count == 1)
    }

    @Test("is the help of all commands", arguments: ["--help", "-h", "help"])
    func overview(word: String) async throws {
        let outcome = try await RunningCommand.run(word)
        #expect(outcome.status == 0 && outcome.errors == "")
        for command in ["serve", "call", "stream"] { #expect(outcome.output.contains(" webshocket \(command) ")) }
    }

    @Test("takes --help after -- as an argument of the method")
    func literal() async throws {
        let (server, url) = try await RunningCommand.serve()
        defer { server.terminate() }
        let outcome = try await RunningCommand.run("call", url, "echo", "--", "--help")
        #expect(outcome.output == "\"--help\"\n" && outcome.status == 0)
    }

    @Test("is the version")
    func version() async throws {
        let outcome = try await RunningCommand.run("--version")
        #expect(outcome.status == 0 && outcome.errors == "")
        #expect(outcome.output.wholeMatch(of: /webshocket \d+\.\d+\.\d+\n/) != nil)
    }

    @Test("is a short usage on standard error, with status 2, if there is no command")
    func noCommand() async throws {
        let outcome = try await RunningCommand.run()
        #expect(outcome.status == 2 && outcome.output == "")
        #expect(outcome.errors.hasPrefix("usage: webshocket serve ") && outcome.errors.contains("webshocket --help"))
        #expect(outcome.errors.split(separator: "\n").count <= 5)
    }

    @Test(
        "names the invalid word",
        arguments: [
            (["call", "--sing"], "unknown option '--sing'"), (["--sing"], "unknown option '--sing'"),
            (["sing"], "unknown command 'sing'"), (["call", "ws://a"], "missing arguments: expected URL and METHOD"),
            (["serve", "--port"], "missing value for --port"),
            (["serve", "--loops", "0"], "--loops must be a number from 1 to 1024 (got '0')"),
        ] as [([String], String)])
    func faults(words: [String], text: String) async throws {
        let outcome = try await RunningCommand.start(words).finish()
        #expect(outcome.status == 2 && outcome.errors.hasPrefix("webshocket: \(text); see 'webshocket "))
    }

    @Test(
        "does not contain secrets from invalid words",
        arguments: [
            ["ws://user:s3cret@example.org/?token=s3cret"], ["serve", "ws://user:s3cret@example.org#s3cret"],
            ["call", "ws://a", "m", "--tokn=s3cret"], ["call", "ws://a", "m", "--header", "Authorization s3cret"],
        ])
    func secrets(words: [String]) async throws {
        let outcome = try await RunningCommand.start(words).finish()
        #expect(outcome.status == 2 && !outcome.errors.contains("s3cret") && !outcome.errors.isEmpty)
    }

    @Test(
        "is a string without quotes with --raw, and any other value as JSON",
        arguments: [
            (["call", "echo", "plain text"], "plain text\n"), (["call", "echo", "a\n\"b\"\té"], "a\n\"b\"\té\n"),
            (["call", "echo", "[\"a\"]"], "[\"a\"]\n"), (["call", "add", "1", "2"], "3\n"),
            (["call", "renamed"], "null\n"),
            (["stream", "count", "2"], "0\n1\n"),
        ] as [([String], String)])
    func raw(words: [String], output: String) async throws {
        let (server, url) = try await RunningCommand.serve()
        defer { server.terminate() }
        let outcome = try await RunningCommand.start([words[0], url] + words.dropFirst() + ["--raw"]).finish()
        #expect(outcome.output == output && outcome.errors == "" && outcome.status == 0)
    }

    @Test("begins with the URL of a server, and then lists its methods with their parameters")
    func methods() async throws {
        let command = try RunningCommand.start(["serve", "--port", "0"])
        let lines = await command.nextOutput().split(separator: "\n")
        let first = try #require(lines.first)
        #expect(first.wholeMatch(of: /Serving ws:\/\/127\.0\.0\.1:\d+/) != nil)
        let methods = lines.dropFirst().map { $0.trimmingCharacters(in: .whitespaces) }
        for method in ["add(a,b)", "echo(text)", "limited_add(_,_)", "count(n)", "slow_consumers()"] {
            #expect(methods.contains(method))
        }
        command.terminate()
        #expect(await command.finish().status == 0)
    }

    #if os(Linux)
        @Test(
            "causes an error with status 1 if it cannot be written",
            arguments: [
                ["call", "URL", "add", "1", "2"], ["call", "URL", "echo", "a", "--raw"],
                ["stream", "URL", "count", "3"],
                ["--help"], ["--version"], ["call", "--help"], ["help", "serve"],
                ["serve", "--port", "0", "--loops", "1"],
            ])
        func fullDisk(words: [String]) async throws {
            let (server, url) = try await RunningCommand.serve()
            defer { server.terminate() }
            let words = words.map { $0 == "URL" ? url : $0 }
            let outcome = try await RunningCommand.startInShell(words, after: ">/dev/full").finish()
            #expect(outcome.status == 1)
            #expect(outcome.errors == "webshocket: cannot write to standard output: No space left on device\n")
        }

        @Test("is one line, with status 1, if an example cannot run", arguments: ["Calculator", "Auction", "Rooms"])
        func examples(name: String) async throws {
            // These are too few descriptors for the event loops of a server.
            let outcome = try await RunningCommand.startInShell([], of: name, before: "ulimit -n 10;").finish()
            #expect(outcome.status == 1)
            #expect(outcome.errors.hasPrefix("\(name): ") && outcome.errors.split(separator: "\n").count == 1)
        }
    #endif
}
