import Foundation
import Testing
import Webshocket

/// Tests of the server of `Chat`, with clients that behave differently from its page.
@Suite("The chat's server", .timeLimit(.minutes(5)))
struct ChatTests {
    private struct Login: Codable, Sendable { var name, token: String }
    private struct Me: Codable, Sendable { var name: String, windows: Int }

    private struct Server: Sendable {
        let port: Int
        let adminKey: String

        var url: String { "ws://127.0.0.1:\(port)/chat" }

        /// Starts the server on a free port, and returns after it has printed its address.
        static func start() async throws -> (ChildProcess, Server) {
            let command = try RunningCommand.start(example: "Chat", ["--port", "0"])
            var said = ""
            while true {
                if let lines = said.firstMatch(of: /127\.0\.0\.1:(\d+)\n.*#admin=(\w+)\n/), let port = Int(lines.1) {
                    return (command, Server(port: port, adminKey: String(lines.2)))
                }
                let next = await command.nextOutput()
                guard !next.isEmpty else { throw RunningCommand.NotBuilt() }
                said += next
            }
        }

        func login(_ name: String, adminKey: String? = nil) async throws -> Login {
            try await guest { try await $0.sendRPC("login", name, adminKey) }
        }

        func guest<Result: Sendable>(
            _ body: nonisolated(nonsending) (WebSocketClient) async throws -> Result
        ) async throws -> Result {
            let client = WebSocketClient(url + "?guest")
            try await client.connect()
            let result: Result
            do {
                result = try await body(client)
            } catch {
                await client.close()
                throw error
            }
            await client.close()
            return result
        }

        func comeIn(_ login: Login) async throws -> WebSocketClient {
            var configuration = ClientConfiguration()
            configuration.token = { login.token }
            let client = WebSocketClient(url, configuration: configuration)
            // On a busy machine, the timeout for the token may pass before the client sends it.
            try await client.connect(retry: .exponential(attempts: 5))
            return client
        }
    }

    /// Waits for the end of a connection; nil if the server has not sent a close frame.
    private func closure(of client: WebSocketClient) async throws -> ConnectionClosure? {
        do {
            while true { _ = try await client.receive() }
        } catch let error as ClientError {
            return error.closure
        }
    }

    private func code(of work: nonisolated(nonsending) () async throws -> Void) async -> RPCErrorCode? {
        do {
            try await work()
        } catch {
            return (error as? RPCError)?.code
        }
        return nil
    }

    @Test("keeps a connection in the session of its first token, even if it sends another token later")
    func anotherToken() async throws {
        let (command, server) = try await Server.start()
        defer { command.terminate() }
        let (anns, mals) = try await (server.login("Ann"), server.login("Mal"))
        let ann = try await server.comeIn(anns)
        let mal = try await server.comeIn(mals)
        try await ann.authenticate(mals.token)
        #expect(await code { try await ann.sendRPC("me") } == .accessDenied)
        #expect(await code { try await ann.join("room.tea") } == .accessDenied)
        let malsWindows: Me = try await mal.sendRPC("me")
        #expect(malsWindows.name == "Mal" && malsWindows.windows == 1)

        try await ann.authenticate(anns.token)
        let annsWindows: Me = try await ann.sendRPC("me")
        #expect(annsWindows.name == "Ann" && annsWindows.windows == 1)

        // When Mal signs out, only the connections that began as Mal's end.
        try await ann.authenticate(mals.token)
        _ = try? await mal.sendRPC("signOut")
        #expect(try await closure(of: mal)?.code == CloseCode(rawValue: 4_501))
        try await ann.authenticate(anns.token)
        let still: Me = try await ann.sendRPC("me")
        #expect(still.name == "Ann")
        await ann.close()
    }

    @Test("rejects a token from a guest")
    func guestsToken() async throws {
        let (command, server) = try await Server.start()
        defer { command.terminate() }
        let zed = try await server.login("Zed")
        try await server.guest { guest in
            #expect(await code { try await guest.authenticate(zed.token) } == .accessDenied)
            #expect(await code { try await guest.sendRPC("me") } == .accessDenied)
        }
    }

    @Test(
        "ignores the case of a name, both at login and when kicking", arguments: ["BOB", "bob"])
    func letters(name: String) async throws {
        let (command, server) = try await Server.start()
        defer { command.terminate() }
        let login = try await server.login("Bob")
        let windows = try await [server.comeIn(login), server.comeIn(login)]
        #expect(await code { _ = try await server.login(name) } == RPCErrorCode(rawValue: 4_001))
        await windows[0].close()

        let admin = try await server.comeIn(server.login("Zoe", adminKey: server.adminKey))
        let reason = "Enough!\u{7}" + String(repeating: "!", count: 100_000) + "; retry-after=0"
        try await admin.sendRPC("kick", name, reason)
        let closure = try #require(await closure(of: windows[1]))
        #expect(closure.code == CloseCode(rawValue: 4_500) && closure.advice == .doNotReconnect)
        #expect(closure.reason.hasPrefix("Zoe asked you to leave: Enough!!!!"))
        #expect(await code { _ = try await server.comeIn(login) } == .accessDenied)
        #expect(await code { try await admin.sendRPC("kick", name, "") } == RPCErrorCode(rawValue: 4_004))
        await admin.close()
        #expect(try await server.login(name).name == name)
    }

    @Test("sends the reason of a kick unchanged, and ignores reconnect advice in it")
    func reasons() async throws {
        let (command, server) = try await Server.start()
        defer { command.terminate() }
        let admin = try await server.comeIn(server.login("Zoe", adminKey: server.adminKey))
        for (reason, words) in [
            ("", "Zoe asked you to leave"), ("No.", "Zoe asked you to leave: No."),
            ("No; retry-after=0", "Zoe asked you to leave: No; retry-after=0"),
        ] {
            let bob = try await server.comeIn(server.login("Bob"))
            try await admin.sendRPC("kick", "Bob", reason)
            let closure = try #require(await closure(of: bob))
            #expect(closure.reason == words + "; retry-after=never")
        }
        await admin.close()
    }

    @Test("exits with 1 and an error if its port is in use or no server is running")
    func failures() async throws {
        let (command, server) = try await Server.start()
        defer { command.terminate() }
        let second = try await RunningCommand.run(example: "Chat", "--port", "\(server.port)")
        #expect(second.status == 1 && second.output == "" && second.errors.hasPrefix("error: "))
        #expect(second.errors.split(separator: "\n").count == 1)
        let terminal = try await RunningCommand.run(example: "Chat", "Tom", "--url", "ws://127.0.0.1:1/chat")
        #expect(terminal.status == 1 && terminal.output == "" && terminal.errors.hasPrefix("error: cannotConnect: "))
        let first = try await RunningCommand.run(example: "Chat", "Ann", "--url", server.url)
        #expect(first.status == 0 && first.errors == "")
        let taken = try await RunningCommand.run(example: "Chat", "Ann", "--url", server.url)
        #expect(taken.status == 1 && taken.errors.hasPrefix("error: The name Ann is already taken."))
    }
}
