import Foundation
import Synchronization
import Webshocket

/// One who chats in the terminal: what is typed is said, what happens is printed.
final class TerminalClient: Sendable {
    let client: WebSocketClient
    let name: String
    /// The messages of each room that were printed, or are too old to be.
    private let printed = Mutex<[String: Set<Int>]>([:])

    /// Asks for the name, on a connection of its own, and comes in with the token that it gets.
    init(name: String, url: String) async throws {
        let guest = WebSocketClient(url + "?guest")
        try await guest.connect()
        let login: ChatHandler.Login = try await guest.sendRPC("login", name)
        await guest.close()
        var configuration = ClientConfiguration()
        configuration.token = { login.token }
        configuration.reconnect = .exponential(base: .milliseconds(500), cap: .seconds(15))
        // What is typed without a connection waits for as long as somebody may be in a tunnel.
        configuration.offlineQueue.timeToLive = .seconds(300)
        configuration.callTimeout = .seconds(300)
        client = WebSocketClient(url, configuration: configuration)
        self.name = login.name
        try await client.connect()
    }

    /// Chats until `/quit`, the end of the input, or the server's last word.
    func run(in room: String) async throws {
        async let listening: Void = listen()
        let events = client.events()
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await self.watch(events) }
            group.addTask { try await self.chat(in: room) }
            // What is typed has no end of its own where the server is done with one who types.
            try await group.next()
            group.cancelAll()
            await client.close()
        }
        await listening
    }

    /// Does what the lines say, up to `/quit` or the end of the input.
    private func chat(in room: String) async throws {
        var room = try await join(room)
        for await line in Self.typedLines where !line.isEmpty {
            if line == "/quit" { break }
            do {
                try await type(line, in: &room)
            } catch let error as RPCError {
                say("cannot: \(error.message)")
            } catch let error as ClientError {
                say("cannot: \(error)")
            }
        }
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
        try await read(room)
        return room
    }

    /// Prints what was said in a room and was not printed yet; the last ten messages when one has just come.
    private func read(_ room: String) async throws {
        let messages: [ChatMessage] = try await client.sendRPC("recent", room)
        printed.withLock { printed in
            if printed[room] == nil { printed[room] = Set(messages.dropLast(10).map(\.id)) }
        }
        for message in messages { hear(message, in: room) }
    }

    private func hear(_ message: ChatMessage, in room: String) {
        let isNew = printed.withLock { $0[room, default: []].insert(message.id).inserted }
        if isNew, message.from != name { say("\(message.from): \(message.text)", room) }
    }

    /// Says something, and where that was too fast, again when the server likes to hear it.
    private func send(_ text: String, to room: String) async throws {
        let key = SessionBook.randomToken()
        while true {
            do {
                // The server knows the key, so that it is no harm to send it again on the next connection.
                return try await client.sendRPC("say", room, text, key, idempotent: true).check()
            } catch let error as RPCError {
                guard let pause = error.retryAfter.map({ max($0, .seconds(1)) }) else { throw error }
                say("that was fast; it goes out in \(pause.components.seconds + 1) s")
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
                guard let room, let message = try? packet.data(as: ChatMessage.self) else { continue }
                hear(message, in: room)
            case ("notice", _): say(packet.data?.asString ?? "", room)
            default: continue
            }
        }
    }

    /// Tells of the connection until the client is closed.
    private func watch(_ events: AsyncStream<ClientEvent>) async {
        for await event in events {
            switch event {
            case .waiting(let pause, _, _):
                let seconds = max(1, pause.duration.components.seconds)
                say("no connection; what you type waits; trying again in \(seconds) s")
            case .restored(let restoration):
                say("connected again")
                for room in restoration.rooms.compactMap(RoomName.init(channel:)) { try? await read(room.text) }
            case .closed(let error):
                // Where the server has said why, in its own words, without the advice behind them.
                let reason = (error as? ClientError)?.closure?.reason.components(separatedBy: "; retry-after=").first
                if let error { say("the chat is over: \(reason ?? "\(error)")") }
                return
            default: break
            }
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
