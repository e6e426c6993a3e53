import Foundation
import Testing
import Webshocket

/// A handler that sends text which would move the cursor, change colours or reverse text in a terminal.
private struct HostileSpeaker: WebSocketHandler {
    let access = Access.everyone
    static let text = "a\u{1b}[2J\u{7}\u{7f}\u{9b}31mb\u{202e}c\u{2066}\u{2028}\u{feff}\u{e0041}d\r\n👍🏽é"

    func say(_ connection: Connection) -> [String: String] { [Self.text: Self.text] }

    func sayAgain(_ connection: Connection) -> AsyncStream<String> {
        AsyncStream { lines in
            lines.yield(Self.text)
            lines.yield(Self.text)
            lines.finish()
        }
    }

    func login(_ connection: Connection, name: String) throws { throw RPCError(Self.text) }

    var methods: RPCMethods {
        RPCMethod("say", say)
        RPCMethod("sayAgain", sayAgain)
        RPCMethod("login", login)
    }
}

@Suite("A terminal that shows text of a hostile peer", .timeLimit(.minutes(5)))
struct HostileTextTests {
    private func withSpeaker(_ body: (_ url: String) async throws -> Void) async throws {
        var configuration = ServerConfiguration()
        configuration.log = .silent
        let server = WebSocketServer(host: "127.0.0.1", port: 0, configuration: configuration) {
            WebSocketRoute("/", HostileSpeaker())
            WebSocketRoute("/chat", HostileSpeaker())
        }
        try await server.start()
        do {
            try await body(server.url)
        } catch {
            await server.stop()
            throw error
        }
        await server.stop()
    }

    private func isHarmless(_ output: String) -> Bool {
        output.unicodeScalars.allSatisfy { scalar in
            switch scalar.properties.generalCategory {
            case .control: scalar == "\n"
            case .format, .lineSeparator, .paragraphSeparator: false
            default: true
            }
        }
    }

    @Test("shows escaped JSON of `webshocket call` that represents the same value", arguments: [[], ["--json"]])
    func call(options: [String]) async throws {
        try await withSpeaker { url in
            let outcome = try await RunningCommand.start(["call", url, "say"] + options).finish()
            #expect(outcome.status == 0 && isHarmless(outcome.output))
            #expect(outcome.output.filter { $0 == "\n" }.count == 1)
            let value = try WireValue(json: outcome.output.trimmingCharacters(in: .newlines))
            #expect(value == .map([HostileSpeaker.text: .string(HostileSpeaker.text)]))
            #expect(outcome.output.contains("👍🏽é"))
        }
    }

    @Test("shows escaped JSON lines of `webshocket stream` that represent the same values")
    func stream() async throws {
        try await withSpeaker { url in
            let outcome = try await RunningCommand.start(["stream", url, "sayAgain"]).finish()
            #expect(outcome.status == 0 && isHarmless(outcome.output))
            let values = try outcome.output.split(separator: "\n").map { try WireValue(json: String($0)) }
            #expect(values == [.string(HostileSpeaker.text), .string(HostileSpeaker.text)])
        }
    }

    @Test("shows an error in one line")
    func error() async throws {
        try await withSpeaker { url in
            let outcome = try await RunningCommand.start(["call", url, "login", "ann"]).finish()
            #expect(outcome.status == 1 && outcome.output == "" && isHarmless(outcome.errors))
            #expect(outcome.errors.filter { $0 == "\n" }.count == 1)
        }
    }

    @Test("shows one line if the chat refuses the client")
    func chat() async throws {
        try await withSpeaker { url in
            let outcome = try await RunningCommand.run(example: "Chat", "ann", "--url", url + "/chat")
            #expect(outcome.status == 1 && outcome.output == "" && isHarmless(outcome.errors))
            #expect(outcome.errors.hasPrefix("error: a\\u{1b}[2J"))
            #expect(outcome.errors.filter { $0 == "\n" }.count == 1)
        }
    }
}
