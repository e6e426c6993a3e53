import Testing
import Webshocket

@Suite("Coding of room members")
struct RoomMemberCodingTests {
    private let ann = RoomMember(id: 7, user: "ann", metadata: ["mood": "good"])
    private let entry: WireValue = ["id": 7, "user": "ann", "metadata": ["mood": "good"]]
    private let ownEntry: WireValue = ["id": 7, "user": "ann", "metadata": ["mood": "good"], "you": true]

    @Test("the key `you` marks the client itself")
    func own() throws {
        #expect(try !entry.decode(as: RoomMember.self).isYou)
        #expect(try ownEntry.decode(as: RoomMember.self).isYou)
        let own = RoomMember(id: 7, user: "ann", metadata: ["mood": "good"], isYou: true)
        #expect(try WireValue(encoding: own) == ownEntry)
        #expect(try WireValue(encoding: ann) == entry)
    }

    @Test("a member equals the same member in an event, which lacks the key")
    func equality() throws {
        let own = try ownEntry.decode(as: RoomMember.self)
        #expect(own == ann)
        #expect(Set([own, ann]).count == 1)
        let left = Packet(source: .channel, data: entry, channel: "lobby", event: "__leave__")
        #expect(left.membership == .left(own))
        #expect(own != RoomMember(id: 8, user: "ann", metadata: ["mood": "good"]))
        #expect(own != RoomMember(id: 7, metadata: ["mood": "good"]))
        #expect(own != RoomMember(id: 7, user: "ann"))
    }

    @Test("the own entry is found in the list that join returns")
    func list() async throws {
        let handler = ChannelHandler { ChannelRule("lobby").announcesMembers() }
        try await withServer(handler) { server in
            try await withClients(2, server.url) { clients in
                try await clients[1].connection(on: server.hub).join("lobby")
                try await clients[0].join("lobby")
                let members = try await clients[1].join("lobby")
                let own = try await clients[1].connection(on: server.hub).id
                #expect(members.filter(\.isYou).map(\.id) == [own])
                #expect(try await clients[1].members(of: "lobby").filter(\.isYou).map(\.id) == [own])
            }
        }
    }
}
