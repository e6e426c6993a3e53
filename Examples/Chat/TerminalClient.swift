import Foundation
import Webshocket

/// One who chats in the terminal: what is typed is said, what happens is printed.
struct TerminalClient: Sendable {
    let client: WebSocketClient
    let name: String

    /// Asks for the name, on a connection of its own, and comes in with the token that it gets.
    init(name: String, url: String) async throws {
        let guest = WebSocketClient(url + "?guest")
        try await guest.connect()
        let login: ChatHandler.Login = try await guest.sendRPC("login", name)
        await guest.close()
        var configuration = ClientConfiguration()
        configuration.token = { login.token }
        configuration.offlineQueue.timeToLive = .seconds(300)
        client = WebSocketClient(url, configuration: configuration)
        self.name = login.name
        try await client.connect()
    }

    /// Chats until `/quit`, the end of the input, or the server's last word.
    func run(in room: String) async throws {
        let watching = client.observe { event in tell(event) }
        defer { watching.cancel() }
        async let listening: Void = listen()
        var room = try await join(room)
        for await line in Self.typedLines where !line.isEmpty {
            if line == "/quit" { break }
            do { try await type(line, in: &room) } catch let error as RPCError { say("cannot: \(error.message)") }
        }
        await client.close()
        await listening
    }

    /// Does what a line says; anything that is no command is said in the room.
    func type(_ line: String, in room: inout String) async throws {
        let words = line.split(separator: " ", maxSplits: 1).map(String.init)
        switch (words[0], words.dropFirst().first) {
        case ("/join", let name?): room = try await join(name)
        case ("/who", _):
            let people = try await client.members(of: RoomName.prefix + room).compactMap(\.user)
            say("here: \(Set(people).sorted().joined(separator: ", "))", room)
        case ("/rooms", _):
            let rooms: [ChatHandler.Listed] = try await client.sendRPC("rooms")
            say(rooms.map { "\($0.name) (\($0.people))" }.joined(separator: ", "))
        case ("/kick", let name?): try await client.sendRPC("kick", name, "Please be kind.").check()
        default: try await send(line, to: room)
        }
    }

    /// Joins a room, which is opened if there is none, and prints what was said there.
    func join(_ name: String) async throws -> String {
        let room: String = try await client.sendRPC("open", name)
        let members = try await client.join(RoomName.prefix + room)
        say("with \(Set(members.compactMap(\.user)).sorted().joined(separator: ", "))", room)
        let messages: [ChatMessage] = try await client.sendRPC("recent", room)
        for message in messages.suffix(10) { say("\(message.from): \(message.text)", room) }
        return room
    }

    /// Says something, and where that was too fast, again when the server likes to hear it.
    private func send(_ text: String, to room: String) async throws {
        let key = SessionBook.randomToken()
        while true {
            do {
                // The server knows the key, so that it is no harm to send it again on the next connection.
                let order = ("say", room, text, key)
                return try await client.sendRPC(order.0, order.1, order.2, order.3, idempotent: true).check()
            } catch let error as RPCError {
                guard let pause = error.retryAfter else { throw error }
                say("that was fast; it goes out in \(pause)")
                try await Task.sleep(for: pause)
            }
        }
    }

    /// Prints what arrives until the client is closed.
    private func listen() async {
        while let packet = try? await client.receive() {
            let room = packet.channel.flatMap(RoomName.init(channel:))?.text
            switch (packet.event, packet.membership) {
            case (_, .joined(let member)): say("\(member.user ?? "") is here", room)
            case (_, .left(let member)): say("\(member.user ?? "") has left", room)
            case ("said", _):
                guard let message = try? packet.data(as: ChatMessage.self), message.from != name else { continue }
                say("\(message.from): \(message.text)", room)
            case ("notice", _): say(packet.data?.asString ?? "", room)
            default: continue
            }
        }
    }

    private func tell(_ event: ClientEvent) {
        switch event {
        case .waiting(let until, _, _):
            let pause = (until - .now).formatted(.units(allowed: [.seconds], fractionalPart: .show(length: 1)))
            say("no connection; what you type waits; trying again in \(pause)")
        case .restored: say("connected again")
        case .closed(let error?): say("the chat is over: \(error)")
        default: break
        }
    }

    func say(_ text: String, _ room: String? = nil) {
        // What others have typed moves no cursor.
        let visible = String(String.UnicodeScalarView(text.unicodeScalars.map { $0.isVisible ? $0 : " " }))
        Console.say("\(name) | \(room.map { "#\($0) " } ?? "")\(visible)")
    }

    static var typedLines: AsyncStream<String> {
        AsyncStream { lines in
            Thread.detachNewThread {
                while let line = readLine() { lines.yield(line) }
                lines.finish()
            }
        }
    }
}
