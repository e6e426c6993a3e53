import Dispatch
import EventLoops
import Testing
import Webshocket

@Suite("Publishers that are faster than the delivering loops", .timeLimit(.minutes(5)))
struct HubBackPressureTests {
    struct Handler: WebSocketHandler {
        let access = Access.everyone

        func nothing(_ connection: Connection) {}
        var methods: RPCMethods { RPCMethod("nothing", nothing) }
        var channels: ChannelRules { ChannelRule("flood").allowsPublishing() }
    }

    /// Blocks a loop until it is released.
    final class Plug: Sendable {
        private let isPulled = DispatchSemaphore(value: 0)

        init(_ loop: EventLoop) {
            loop.execute { [self] in isPulled.wait() }
        }

        func pull() { isPulled.signal() }
    }

    @Test("reading from publishers pauses until the loops have delivered")
    func heldBack() async throws {
        try await withServer(Handler()) { server in
            var clients: [WebSocketClient] = []
            // Connections are distributed over the loops, so that each loop has some.
            while Set(server.hub.connections.map { ObjectIdentifier($0.loop) }).count < 2 {
                let client = WebSocketClient(server.url)
                try await client.connect()
                try await client.sendRPC("nothing")
                clients.append(client)
            }
            let slow = try #require(server.hub.connections.last)
            let index = try #require(server.hub.connections.firstIndex { $0.loop !== slow.loop })
            try slow.subscribe(to: "flood")
            let plug = Plug(slow.loop)
            let publisher = clients[index]
            let publisherLoop = server.hub.connections[index].loop
            let text = String(repeating: "x", count: 100_000)
            for _ in 0..<60 {
                try await publisher.send(Packet(source: .channel, data: .string(text), channel: "flood"))
            }
            async let answer = publisher.sendRPC("nothing")
            // About 4 MiB are queued, plus the publications of one read.
            try await until { server.hub.statistics.published >= 40 }
            // In so many turns, a loop that keeps reading would have read the rest.
            for _ in 0..<200 { await publisherLoop.run {} }
            #expect(server.hub.statistics.published < 50)
            plug.pull()
            #expect(try await answer.error == nil)
            #expect(server.hub.statistics.published == 60)
            for client in clients { await client.close() }
        }
    }
}
