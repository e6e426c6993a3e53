import Testing
import Webshocket

@Suite("The caller's own entry in the list of a room's members", .timeLimit(.minutes(5)))
struct OwnEntryTests {
    private typealias Entry = [String: WireValue]

    private let handler = ChannelHandler {
        ChannelRule("lobby").announcesMembers()
        ChannelRule("quiet")
    }

    /// Returns the IDs of the marked entries, and expects that no entry has another mark.
    private func marked(_ entries: [Entry]) -> [WireValue?] {
        #expect(entries.allSatisfy { $0["you"] == nil || $0["you"] == true })
        return entries.filter { $0["you"] != nil }.map { $0["id"] }
    }

    @Test(
        "the results of __join__ and __members__ mark the caller's entry", arguments: PacketCodec.codecs
    )
    func marks(codec: PacketCodec) async throws {
        try await withServer(handler) { server in
            try await withClients(3, server.url, codec) { clients in
                // The server adds the last client first, so the member that joins last is not the caller.
                let last = try await clients[2].connection(on: server.hub)
                try last.join("lobby")
                for client in [clients[2], clients[0], clients[1], clients[0]] {
                    let id = WireValue.int(Int64(try await client.connection(on: server.hub).id))
                    let joined: [Entry] = try await client.sendRPC("__join__", "lobby")
                    #expect(marked(joined) == [id])
                    let members: [Entry] = try await client.sendRPC("__members__", "lobby")
                    #expect(marked(members) == [id])
                    #expect(members.count == joined.count)
                }
                let quiet: [Entry]? = try await clients[0].sendRPC("__join__", "quiet")
                #expect(quiet == nil)
            }
        }
    }

    @Test("events mark no entry, regardless of the recipient", arguments: PacketCodec.codecs)
    func events(codec: PacketCodec) async throws {
        try await withServer(handler) { server in
            try await withClients(2, server.url, codec) { clients in
                try await clients[0].join("lobby")
                try await clients[1].join("lobby")
                let connection = try await clients[1].connection(on: server.hub)
                connection.leave("lobby")
                try connection.join("lobby")
                try server.hub.end()
                for client in clients {
                    for packet in try await client.packetsUpToEnd() {
                        #expect(packet.event == "__join__" || packet.event == "__leave__")
                        #expect(packet.data?["id"] != nil && packet.data?["you"] == nil)
                    }
                }
            }
        }
    }

    @Test("every successful response contains it, despite concurrent leaves")
    func removals() async throws {
        try await withServer(handler) { server in
            try await withClient(server.url) { client in
                let connection = try await client.connection(on: server.hub)
                try await withThrowingTaskGroup { group in
                    group.addTask {
                        for _ in 0..<200 {
                            connection.leave("lobby")
                            await Task.yield()
                        }
                    }
                    group.addTask {
                        for _ in 0..<30 {
                            let response = try await client.response(to: "__join__", "lobby")
                            if response.error == nil {
                                #expect(marked(try response.result()).count == 1)
                            } else {
                                #expect(response.error == .accessDenied)
                            }
                        }
                    }
                    try await group.waitForAll()
                }
            }
        }
    }
}
