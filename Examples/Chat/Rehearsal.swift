import Webshocket

/// A demo, which is also a test: a server and two terminal clients that chat without input.
struct Rehearsal {
    func run() async throws {
        let chat = try ChatServer(host: "127.0.0.1", port: 0)
        try await chat.server.start()
        let url = chat.server.url + "/chat"
        let ann = try await TerminalClient(name: "Ann", url: url)
        var room = try await ann.join("tea")
        try await ann.type("good morning", in: &room)
        do {
            _ = try await TerminalClient(name: "ann", url: url)
        } catch let error as RPCError {
            Console.say("a second Ann: \(error.message)")
        }
        let bob = try await TerminalClient(name: "Bob", url: url)
        room = try await bob.join("tea")
        try await bob.type("/who", in: &room)
        await attempt("/kick Ann", bob, &room)
        await attempt(String(repeating: "x", count: 2_001), bob, &room)
        for client in [ann.client, bob.client] { await client.close() }
        await chat.server.stop()
    }

    private func attempt(_ line: String, _ chatter: TerminalClient, _ room: inout String) async {
        do {
            try await chatter.type(line, in: &room)
        } catch {
            chatter.say("error: \((error as? RPCError)?.message ?? "\(error)")")
        }
    }
}
