import EventLoops
import Testing
import Webshocket

@Suite("Brokers between servers", .timeLimit(.minutes(5)))
struct BrokerTests {
    /// A broker that connects two hubs in one process, instead of over a network.
    final class Wire: Broker {
        private let hubs = Locked<[Hub]>([])
        let wanted = Locked<[String: [Bool]]>([:])

        func connect(_ hubs: Hub...) {
            self.hubs.withLock { $0 = hubs }
        }

        func publish(_ publication: Publication, from hub: Hub) {
            for other in hubs.withLock({ $0 }) where other !== hub { other.deliver(publication.forAnotherServer) }
        }

        func interestMayHaveChanged(in name: String, of hub: Hub) {
            let isWanted = hub.isWanted(name)
            wanted.withLock { $0[name, default: []].append(isWanted) }
        }
    }

    struct Handler: WebSocketHandler {
        let access = Access.everyone

        func listen(_ connection: Connection, channel: String) throws { try connection.subscribe(to: channel) }
        func deafen(_ connection: Connection, channel: String) { connection.unsubscribe(from: channel) }
        func say(_ connection: Connection, channel: String, text: String) throws {
            try connection.publish(text, to: channel, excluding: connection)
        }
        func all(_ connection: Connection, text: String) throws { try connection.broadcast(text) }

        var methods: RPCMethods {
            RPCMethod("listen", listen)
            RPCMethod("deafen", deafen)
            RPCMethod("say", say)
            RPCMethod("all", all)
        }
    }

    /// Two servers with one client each.
    private func withTwo(
        _ codec: PacketCodec, _ wire: Wire,
        _ body: (WebSocketClient, WebSocketClient) async throws -> Void
    ) async throws {
        var configuration = ServerConfiguration.quiet
        configuration.broker = wire
        try await withServer(Handler(), configuration) { one in
            try await withServer(Handler(), configuration) { other in
                wire.connect(one.hub, other.hub)
                try await withClient(one.url) { here in
                    try await withClient(other.url, codec) { there in try await body(here, there) }
                }
            }
        }
    }

    @Test(
        "a publication on one server is delivered to subscribers on the other, in every form",
        arguments: PacketCodec.codecs)
    func publishing(codec: PacketCodec) async throws {
        try await withTwo(codec, Wire()) { here, there in
            try await here.expect(.null, from: "listen", "news")
            try await there.expect(.null, from: "listen", "news")
            try await here.expect(.null, from: "say", "news", "one")
            try await there.expect(.null, from: "say", "news", "two")
            // The order of messages from two servers is not defined.
            #expect(try await here.receive() == Packet(source: .channel, data: "two", channel: "news"))
            try await here.expect(.null, from: "all", "three")
            #expect(try await there.receive() == Packet(source: .channel, data: "one", channel: "news"))
            #expect(try await here.receive() == Packet(source: .broadcast, data: "three"))
            #expect(try await there.receive() == Packet(source: .broadcast, data: "three"))
        }
    }

    @Test("a broker is notified when interest in a name begins and ends")
    func interest() async throws {
        let wire = Wire()
        try await withTwo(.json, wire) { here, there in
            try await here.expect(.null, from: "listen", "news")
            try await there.expect(.null, from: "listen", "weather")
            try await here.expect(.null, from: "deafen", "news")
        }
        #expect(wire.wanted.withLock { $0 } == ["news": [true, false], "weather": [true, false]])
    }
}
