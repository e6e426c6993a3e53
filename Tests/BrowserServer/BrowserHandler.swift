import Foundation
import Webshocket

/// A handler with methods, channels and rooms for tests of the JavaScript client.
struct BrowserHandler: WebSocketHandler {
    let counters: Counters
    /// Whether clients must authenticate with a token: `good NAME`, or `brief NAME`, which expires after 0.3 s.
    var takesTokens = false

    var access: Access {
        guard takesTokens else { return .everyone }
        return .authenticated { (token: String, _: HTTPRequest) in
            let words = token.split(separator: " ").map(String.init)
            switch words.first {
            case "good" where words.count == 2: return .admit(userID: words[1])
            case "brief" where words.count == 2: return .admit(userID: words[1], expiresAfter: .milliseconds(300))
            default: return .refuse(.unauthorized)
            }
        }
    }

    func add(_ connection: Connection, a: Int, b: Int) -> Int { a &+ b }

    func echo(_ connection: Connection, value: WireValue) -> WireValue { value }

    func fails(_ connection: Connection) throws {
        throw RPCError("no such user", code: 4001, data: ["user": "ann"])
    }

    /// Returns after a delay.
    func sleep(_ connection: Connection, milliseconds: Int, name: String?) async throws -> Int {
        do {
            try await Task.sleep(for: .milliseconds(min(max(milliseconds, 0), 60_000)))
        } catch {
            if let name { counters.count("\(name) aborted") }
            throw error
        }
        return milliseconds
    }

    /// Increments a counter, and returns its value.
    func bump(_ connection: Connection, name: String) -> Int { counters.count(name) }

    func counted(_ connection: Connection, name: String) -> Int { counters[name] }

    func login(_ connection: Connection, name: String) -> Bool {
        connection.userID = name
        connection.metadata["mood"] = "good"
        return true
    }

    func secret(_ connection: Connection) -> String { "Sensitive Data" }

    /// Streams the numbers from 0 up to, but not including, `n`, and counts the numbers that are produced.
    func numbers(_ connection: Connection, n: Int, name: String?, milliseconds: Int?) -> CountedNumbers {
        CountedNumbers(limit: n, name: name, milliseconds: milliseconds ?? 0, counters: counters)
    }

    /// Publishes to a channel, including the caller.
    func tell(_ connection: Connection, channel: String, data: WireValue, event: String?) throws {
        try connection.hub.publish(data, to: channel, event: event)
    }

    func tellAll(_ connection: Connection, data: WireValue) throws { try connection.hub.broadcast(data) }

    /// Sends the caller a packet that is not a response.
    func sendMe(_ connection: Connection, data: WireValue, event: String) throws {
        try connection.send(data, event: event)
    }

    /// Sends the caller a text message, which need not be a packet.
    func sayToMe(_ connection: Connection, text: String) { connection.send(text: text) }

    func closeMe(_ connection: Connection, code: Int, reason: String) throws {
        guard let code = UInt16(exactly: code) else { throw RPCError("invalid close code") }
        connection.close(CloseCode(rawValue: code), reason: reason)
    }

    /// Makes the caller a member of a room.
    func putMe(_ connection: Connection, room: String) throws -> Bool { try connection.join(room) }

    /// Removes a member from a room.
    func kick(_ connection: Connection, room: String, id: Int) throws -> Bool {
        guard let id = UInt64(exactly: id), let member = connection.hub.connection(id: id) else { return false }
        return member.leave(room)
    }

    /// Closes a channel or a room to new subscribers and members, or opens it again.
    func setClosed(_ connection: Connection, channel: String, isClosed: Bool) {
        counters.setClosed(channel, isClosed)
    }

    /// Returns the channels and rooms of the caller, as they are on the server.
    func mine(_ connection: Connection) -> [String: [String]] {
        ["channels": connection.subscriptions.sorted(), "rooms": connection.rooms.sorted()]
    }

    func typing(_ connection: Connection, room: String) throws {
        guard !room.isEmpty else { throw RPCError("no such room") }
        counters.count("typing in \(room)")
        try connection.send(room, event: "typing")
    }

    /// Publishes a text under another event name, like the rooms of the documentation.
    func say(_ connection: Connection, channel: Channel, text: String) throws {
        try channel.publish(
            ["from": connection.userID ?? "guest", "text": text], event: "said", excluding: connection)
    }

    /// Decodes dates, and returns them.
    func dates(_ connection: Connection, dates: [Date]) -> [Date] { dates }

    var messages: MessageHandlers {
        OnEvent("typing", typing)
    }

    var methods: RPCMethods {
        RPCMethod("add", add, parameters: "a", Parameter("b", default: 2))
        RPCMethod("echo", echo, parameters: "value")
        RPCMethod("dates", dates, parameters: "dates")
        RPCMethod("fails", fails)
        RPCMethod("sleep", sleep, parameters: "ms", "name")
        RPCMethod("bump", bump, parameters: "name")
        RPCMethod("counted", counted, parameters: "name")
        RPCMethod("login", login, parameters: "name")
        RPCMethod("secret", secret).requires(Has("userID"))
        RPCMethod("limited", secret).rateLimit(1, per: "1m")
        RPCMethod("numbers", numbers, parameters: "n", "name", "ms")
        RPCMethod("tell", tell, parameters: "channel", "data", "event")
        RPCMethod("tell_all", tellAll, parameters: "data")
        RPCMethod("send_me", sendMe, parameters: "data", "event")
        RPCMethod("say_to_me", sayToMe, parameters: "text")
        RPCMethod("close_me", closeMe, parameters: "code", "reason")
        RPCMethod("put_me", putMe, parameters: "room")
        RPCMethod("kick", kick, parameters: "room", "id")
        RPCMethod("set_closed", setClosed, parameters: "channel", "is_closed")
        RPCMethod("mine", mine)
    }

    var channels: ChannelRules {
        ChannelRule("room.tea").announcesMembers().allowsPublishing().on("say", say).admits(admits)
        ChannelRule("room.*").announcesMembers().allowsPublishing().admits(admits)
        ChannelRule("private.**").requires(Has("userID"))
        ChannelRule("**").allowsPublishing().admits(admits)
    }

    private func admits(_ connection: Connection, _ channel: Channel) -> Bool { !counters.isClosed(channel.name) }
}
