import Foundation
import Testing
import Webshocket

// The commands of the articles in the DocC catalogue.
extension CommandSnippetTests {
    /// Checks that the packages match Package.swift.
    func install(_ lines: [[String]]) async throws {
        let packages = try Self.packages(lines)
        #expect(Set(packages) == Set(try providers("apt") + ["pkg-config"]))
    }

    /// Checks that the product is a program of this package, and the options of the build.
    func staticBuild(_ lines: [[String]]) throws {
        try #require(lines.count == 1 && lines[0].count == 7)
        #expect(lines[0].dropLast() == ["swift", "build", "-c", "release", "--static-swift-stdlib", "--product"])
        #expect(try SourceTree.text(of: "Package.swift").contains("name: \"\(lines[0][6])\""))
    }

    /// Checks that the packages have all shared libraries that an example needs, apart from those of Swift. Other
    /// systems than Debian 12 have other packages.
    func runtimePackages(_ lines: [[String]]) async throws {
        let packages = try Self.packages(lines)
        guard (try? String(contentsOfFile: "/etc/debian_version", encoding: .utf8))?.hasPrefix("12") == true else {
            return
        }
        let script = """
            for file in $(ldd "$0" | sed -nE 's|.* => (/lib/\\S+) .*|\\1|p'); do
                dpkg -S "*/$(basename "$(realpath "$file")")"
            done |
                cut -d : -f 1
            """
        let outcome = try await ChildProcess("bash", ["-c", script, RunningCommand.executable("Board")]).finish()
        let needed = Set(outcome.output.split(separator: "\n").map(String.init)).subtracting(["libc6"])
        #expect(needed == Set(packages), "\(outcome)")
    }

    private static func packages(_ lines: [[String]]) throws -> [String] {
        let command = ["apt-get", "update", "&&", "apt-get", "install", "-y"]
        try #require(lines.count == 1 && lines[0].starts(with: command))
        return Array(lines[0].dropFirst(command.count))
    }

    /// Runs a Python program against the notice board.
    func board(_ snippet: Snippet) async throws {
        let (server, address) = try await Self.startBoard()
        defer { server.terminate() }
        let ann = try await Self.client(of: "ann", at: address)
        try await ann.join("board")
        #expect(snippet.text.contains("ws://127.0.0.1:5000") && snippet.text.contains("http://127.0.0.1:5000/token"))
        let program = snippet.text.replacing("127.0.0.1:5000", with: address)
        let cem = try ChildProcess(PythonServer.python, ["-c", program])
        let dan = try await Self.client(of: "dan", at: address)
        // The program receives this join before the notice.
        try await Self.welcome(from: ann) { try await dan.join("board") }
        let outcome = await cem.finish()
        #expect(
            outcome.output == """
                members: ['ann', 'cem']
                posted 1
                refused: APPLICATION_ERROR the notice is too long

                """ + (snippet.text.contains("recv(") ? "board Welcome\n" : ""), "\(outcome)")
        #expect(outcome.status == 0)
        await ann.close()
        await dan.close()
    }

    @Test("from the notice board's documentation works in Swift: members, own errors, guards and notices")
    func boardInSwift() async throws {
        let (server, address) = try await Self.startBoard()
        defer { server.terminate() }
        let ann = try await Self.client(of: "ann", at: address)
        #expect(try await ann.join("board").map(\.user) == ["ann"])
        let bob = try await Self.client(of: "bob", at: address)
        #expect(try await bob.join("board").map(\.user) == ["ann", "bob"])
        let count: Int = try await bob.sendRPC("post", "Tea is ready")
        #expect(count == 1)
        let tooLong = await #expect(throws: RPCError.self) {
            try await bob.sendRPC("post", String(repeating: "x", count: 101))
        }
        #expect(tooLong == RPCError("the notice is too long", code: 4001, data: ["limit": 100]))
        let denied = await #expect(throws: RPCError.self) { try await bob.sendRPC("clear") }
        #expect(denied?.code == .accessDenied)
        var packet = try await ann.receive()
        guard case .joined(let member) = packet.membership else { throw RunningCommand.NotBuilt() }
        #expect(member.user == "bob")
        packet = try await ann.receive()
        #expect(packet.event == "notice")
        #expect(try packet.data?.decode(as: [String: String].self) == ["author": "bob", "text": "Tea is ready"])

        var configuration = ClientConfiguration()
        configuration.token = { "not a token" }
        let eve = WebSocketClient("ws://\(address)", configuration: configuration)
        let refused = await #expect(throws: RPCError.self) { try await eve.connect() }
        #expect(refused?.code == .accessDenied && refused?.message == "The token is not valid.")
        await ann.close()
        await bob.close()
    }

    @Test("of the notice board's client joins the room, posts, and reads the error and the notice")
    func boardClient() async throws {
        let (server, address) = try await Self.startBoard()
        defer { server.terminate() }
        let bob = try await Self.client(of: "bob", at: address)
        try await bob.join("board")
        let ann = try RunningCommand.start(example: "BoardClient", [address])
        try await Self.welcome(from: bob)
        let outcome = await ann.finish()
        #expect(
            outcome.output == """
                members: ["bob", "ann"]
                posted 1
                refused: 4001 the notice is too long {"limit":100}
                Welcome

                """, "\(outcome)")
        #expect(outcome.status == 0)
        await bob.close()
    }

    /// Waits until another member joins, and posts a notice.
    private static func welcome(
        from client: WebSocketClient, after action: () async throws -> Void = {}
    ) async throws {
        guard case .joined = try await client.receive().membership else { throw RunningCommand.NotBuilt() }
        try await action()
        try await client.sendRPC("post", "Welcome")
    }

    /// Starts the example on a free port, and returns after it has printed its address.
    private static func startBoard() async throws -> (ChildProcess, address: String) {
        let command = try RunningCommand.start(example: "Board", ["0"])
        var said = ""
        while true {
            if let line = said.firstMatch(of: /ws:\/\/(127\.0\.0\.1:\d+)\n/) { return (command, String(line.1)) }
            let next = await command.nextOutput()
            guard !next.isEmpty else { throw RunningCommand.NotBuilt() }
            said += next
        }
    }

    private static func client(of user: String, at address: String) async throws -> WebSocketClient {
        let token = try await ChildProcess("curl", ["-s", "http://\(address)/token?user=\(user)"]).finish().output
        let client = WebSocketClient("ws://\(address)", configuration: ClientConfiguration(token: { token }))
        // On a busy machine, the timeout for the token may pass before the client sends it.
        try await client.connect(retry: .exponential(attempts: 5))
        return client
    }
}
