import Foundation
import Webshocket

/// A line of the chat, as the other members receive it.
struct Line: Codable, Sendable {
    var from, text: String
}

struct ChatHandler: WebSocketHandler {
    let access = Access.everyone

    func enter(_ connection: Connection, name: String) throws {
        guard connection.hub.connections(ofUser: name).isEmpty else { throw RPCError("the name \(name) is taken") }
        connection.userID = name
        connection.isModerator = name == "ann"
        try connection.subscribe(to: "notices.**")
    }

    func whisper(_ connection: Connection, to user: String, text: String) throws {
        let line = Line(from: connection.userID ?? "", text: text)
        guard try connection.hub.send(line, toUser: user, event: "whispers") > 0 else {
            throw RPCError("no user \(user)")
        }
    }

    func notice(_ connection: Connection, text: String) throws { try connection.publish(text, to: "notices.all") }

    func setTopic(_ connection: Connection, room: String, topic: String) throws {
        let room = connection.hub.room(room)
        guard room.contains(connection) else { throw RPCError("join the room first") }
        room["topic"] = .string(topic)
        try room.publish(topic, event: "topic")
    }

    func said(_ connection: Connection, channel: Channel, text: String) throws {
        guard connection.hub.room(channel.name).contains(connection) else { throw RPCError("join the room first") }
        try channel.publish(Line(from: connection.userID ?? "", text: text), event: "says", excluding: connection)
    }

    func onJoin(_ connection: Connection, room: Room) async {
        try? connection.send(room["topic"] ?? "no topic yet", event: "topic")
    }

    var methods: RPCMethods {
        RPCMethod("enter", enter).rateLimit(5, per: "1m", scope: .address)
        RPCMethods {
            RPCMethod("whisper", whisper).rateLimit(20, per: "10s", scope: .user)
            RPCMethod("topic", setTopic)
            RPCMethod("rooms") { (connection: Connection) in connection.hub.rooms }
            RPCMethod("notice", notice).requires(Is("isModerator"))
        }
        .requires(Has("userID"))
    }

    var channels: ChannelRules {
        ChannelRule("room.*").requires(Has("userID")).announcesMembers().slowConsumers(.dropOldest).on("say", said)
        ChannelRule("notices.**").requires(Has("userID"))
    }
}

/// A chat user: sends the lines that are typed, and prints the packets that arrive.
struct Chatter: Sendable {
    let client: WebSocketClient
    let name: String

    init(_ name: String, at url: String) async throws {
        self.name = name
        client = WebSocketClient(url)
        try await client.connect()
        try await client.sendRPC("enter", name)
    }

    /// Prints packets until the connection ends.
    func listen() async {
        while let packet = try? await client.receive() {
            let line = try? packet.data(as: Line.self)
            switch (packet.event, packet.membership) {
            case (_, .joined(let member)): say("\(member.user ?? "a guest") is here", packet.channel)
            case (_, .left(let member)): say("\(member.user ?? "a guest") has left", packet.channel)
            case ("says", _), ("whispers", _):
                say("\(line?.from ?? "") \(packet.event ?? ""): \(line?.text ?? "")", packet.channel)
            case (let event, _): say("\(event ?? "notice"): \(packet.data?.asString ?? "")", packet.channel)
            }
        }
    }

    func say(_ text: String, _ channel: String? = nil) {
        print("\(name) | \(channel.map { "[\($0)] " } ?? "")\(text)".escapingControlCharacters)
    }

    /// Executes a command such as `/join tea`; publishes any other line to the room.
    func type(_ line: String, in room: inout String) async throws {
        let words = line.split(separator: " ", maxSplits: 1).map(String.init)
        switch (words[0], words.dropFirst().first) {
        case ("/join", let name?):
            room = "room.\(name)"
            say("with \(try await client.join(room).compactMap(\.user).joined(separator: " and "))", room)
        case ("/leave", _): try await client.leave(room)
        case ("/who", _): say(try await client.members(of: room).compactMap(\.user).joined(separator: " and "), room)
        case ("/topic", let topic?): try await client.sendRPC("topic", room, topic)
        case ("/to", let user?): try await client.sendRPC("whisper", user, "psst")
        case ("/rooms", _): say("\(try await client.sendRPC("rooms").data)")
        case ("/notice", let text?): try await client.sendRPC("notice", text)
        default: try await client.publish(line, to: room, event: "say")
        }
    }
}

@main
struct Rooms {
    static func main() async {
        do {
            try await run()
        } catch {
            FileHandle.standardError.write(Data("Rooms: \(error)\n".utf8))
            exit(1)
        }
    }

    /// `Rooms serve` runs the server, `Rooms NAME` a client; without arguments, a server and two clients run a demo.
    static func run() async throws {
        let word = CommandLine.arguments.dropFirst().first
        let server = WebSocketServer(port: word == nil ? 0 : 5_000, handler: ChatHandler())
        if word == "serve" { return try await server.serve { print("Serving rooms at \(server.url)") } }
        if word == nil { try await server.start() }
        let ann = try await Chatter(word ?? "ann", at: server.url)
        async let annListens: Void = ann.listen()
        if word == nil {
            try await rehearse(ann, try await Chatter("bob", at: server.url))
        } else {
            var room = ""
            for await line in typedLines where !line.isEmpty { await attempt(line, ann, &room) }
        }
        await ann.client.close()
        await annListens
        await server.stop()
    }

    static func rehearse(_ ann: Chatter, _ bob: Chatter) async throws {
        async let bobListens: Void = bob.listen()
        var room = ""
        for (chatter, line) in [
            (ann, "/join tea"), (bob, "/join tea"), (ann, "hello, bob"), (bob, "/topic oolong"), (bob, "/to ann"),
            (ann, "/notice closing soon"), (bob, "/notice me too"), (bob, "/leave"), (ann, "/rooms"),
        ] { await attempt(line, chatter, &room) }
        await bob.client.close()
        await bobListens
    }

    static func attempt(_ line: String, _ chatter: Chatter, _ room: inout String) async {
        do { try await chatter.type(line, in: &room) } catch { chatter.say("error: \(error)") }
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
