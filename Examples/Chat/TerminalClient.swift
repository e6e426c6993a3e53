import Foundation
import Synchronization
import Webshocket

/// The terminal client: sends the lines that are typed, and prints messages and events.
final class TerminalClient: Sendable {
    let client: WebSocketClient
    let name: String
    /// The IDs of the messages of each room that were printed, or are too old to be printed.
    private let printed = Mutex<[String: Set<Int>]>([:])

    /// Requests the name on a separate guest connection, then connects with the token that it receives.
    init(name: String, url: String) async throws {
        let guest = WebSocketClient(url + "?guest")
        try await guest.connect()
        let login: ChatHandler.Login = try await guest.sendRPC("login", name)
        await guest.close()
        var configuration = ClientConfiguration()
        configuration.token = { login.token }
        configuration.reconnect = .exponential(base: .milliseconds(500), cap: .seconds(15))
        // Messages that are typed while offline are kept for five minutes, which is enough for a tunnel.
        configuration.offlineQueue.timeToLive = .seconds(300)
        configuration.callTimeout = .seconds(300)
        client = WebSocketClient(url, configuration: configuration)
        self.name = login.name
        try await client.connect()
    }

    /// Runs the client until `/quit`, the end of the input, or the end of the session.
    func run(in room: String) async throws {
        async let listening: Void = listen()
        let events = client.events()
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await self.watch(events) }
            group.addTask { try await self.chat(in: room) }
            // The input does not end when the server ends the session. Therefore the first task to end cancels the
            // other.
            try await group.next()
            group.cancelAll()
            await client.close()
        }
        await listening
    }

    /// Executes the lines that are typed, until `/quit` or the end of the input.
    private func chat(in room: String) async throws {
        var room = try await join(room)
        for await line in Self.typedLines where !line.isEmpty {
            if line == "/quit" { break }
            do {
                try await type(line, in: &room)
            } catch let error as RPCError {
                say("error: \(error.message)")
            } catch let error as ClientError {
                say("error: \(error)")
            }
        }
    }

    /// Executes a command; sends any other line to the room as a message.
    func type(_ line: String, in room: inout String) async throws {
        let words = line.split(separator: " ", maxSplits: 1).map(String.init)
        switch (words[0], words.dropFirst().first) {
        case ("/join", let name?): room = try await join(name)
        case ("/who", _):
            let people = try await client.members(of: RoomName.prefix + room).compactMap(\.user)
            say("here: \(Set(people).sorted().joined(separator: ", "))", room)
        case ("/rooms", _):
            let rooms: [ChatHandler.Listed] = try await client.sendRPC("rooms", idempotent: true)
            say(rooms.map { "\($0.name) (\($0.people))" }.joined(separator: ", "))
        case ("/kick", let name?): try await client.sendRPC("kick", name, "Please be kind.")
        default: try await send(line, to: room)
        }
    }

    /// Joins a room, which is created if it does not exist, and prints its recent messages.
    ///
    /// These calls are idempotent, so the client repeats them if the connection is lost before it receives the response.
    func join(_ name: String) async throws -> String {
        let room: String = try await client.sendRPC("open", name, idempotent: true)
        let members = try await client.join(RoomName.prefix + room)
        say("with \(Set(members.compactMap(\.user)).sorted().joined(separator: ", "))", room)
        try await read(room)
        return room
    }

    /// Prints the messages of a room that were not printed yet; at most the last ten if the room was just joined.
    private func read(_ room: String) async throws {
        let messages: [ChatMessage] = try await client.sendRPC("recent", room, idempotent: true)
        printed.withLock { printed in
            if printed[room] == nil { printed[room] = Set(messages.dropLast(10).map(\.id)) }
        }
        for message in messages { hear(message, in: room) }
    }

    private func hear(_ message: ChatMessage, in room: String) {
        let isNew = printed.withLock { $0[room, default: []].insert(message.id).inserted }
        if isNew, message.from != name { say("\(message.from): \(message.text)", room) }
    }

    /// Sends a message. If the rate limit is exceeded, waits and retries.
    private func send(_ text: String, to room: String) async throws {
        let key = SessionBook.randomToken()
        while true {
            do {
                // The key makes the call idempotent, so the client may send it again after a reconnect.
                try await client.sendRPC("say", room, text, key, idempotent: true)
                return
            } catch let error as RPCError {
                guard let pause = error.retryAfter.map({ max($0, .seconds(1)) }) else { throw error }
                say("you are sending too fast; sending again in \(pause.components.seconds + 1) s")
                try await Task.sleep(for: pause)
            }
        }
    }

    /// Prints the received packets until the client is closed.
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

    /// Prints changes of the connection until the client is closed.
    private func watch(_ events: AsyncStream<ClientEvent>) async {
        for await event in events {
            switch event {
            case .waiting(let pause, _, _):
                let seconds = max(1, pause.duration.components.seconds)
                say("no connection; messages are kept; trying again in \(seconds) s")
            case .restored(let restoration):
                say("reconnected")
                for room in restoration.rooms.compactMap(RoomName.init(channel:)) { try? await read(room.text) }
            case .closed(let error):
                // If the server has sent a reason, it is printed without the reconnect advice at its end.
                let reason = (error as? ClientError)?.closure?.reason.components(separatedBy: "; retry-after=").first
                if let error { say("the chat has ended: \(reason ?? "\(error)")") }
                return
            default: break
            }
        }
    }

    func say(_ text: String, _ room: String? = nil) {
        // Control characters are replaced, because text of other people must not move the cursor.
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
