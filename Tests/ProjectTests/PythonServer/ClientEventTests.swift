import EventLoops
import Testing
import Webshocket

@Suite(
    "What a client of a Python server tells", .enabled(if: PythonServer.canServe, PythonServer.absence),
    .timeLimit(.minutes(5)))
struct ClientEventTests {
    /// What it is, without what depends on time.
    private static func name(_ event: ClientEvent) -> String {
        switch event {
        case .connecting: "connecting"
        case .open: "open"
        case .restored: "restored"
        case .waiting(_, _, let error): "waiting because of \((error as? ClientError)?.code.description ?? "?")"
        case .renewed: "renewed"
        case .renewalFailed: "renewal failed"
        case .closed(let error?): "closed because of \((error as? ClientError)?.code.description ?? "?")"
        case .closed(because: nil): "closed"
        case .sent: "sent"
        case .received: "received"
        }
    }

    @Test("tells of open, of each message sent and received, of a lost connection, and of the close")
    func events() async throws {
        let server = try await PythonServer()
        let client = WebSocketClient(server.url, configuration: .reconnecting())
        let events = client.events(withMessages: true)
        try await client.connect()
        try await client.send("hello")
        #expect(try await client.receive().data?["echo"] == "hello")
        let error = await #expect(throws: ClientError.self) { try await client.sendRPC("cut") }
        #expect(error?.code == .connectionLost && error?.delivery == .maybeExecuted)
        let sum: Int = try await client.sendRPC("add", 1, 2)
        #expect(sum == 3)
        await client.close()
        var names: [String] = []
        for await event in events {
            names.append(Self.name(event))
            if case .closed = event { break }
        }
        #expect(
            names == [
                // The hello and its answer come before the client is open.
                "connecting", "sent", "received", "open", "sent", "received", "sent",
                "waiting because of connectionLost", "connecting", "sent", "received", "open", "sent", "received",
                "closed",
            ])
        await server.end()
    }

    @Test("tells the error when it cannot connect")
    func error() async throws {
        let client = WebSocketClient(try await PythonServer.abandonedURL())
        let events = client.events()
        let error = await #expect(throws: ClientError.self) { try await client.connect() }
        #expect(error?.code == .cannotConnect)
        var names: [String] = []
        for await event in events {
            names.append(Self.name(event))
            if case .closed = event { break }
        }
        #expect(names == ["connecting", "closed because of cannotConnect"])
    }

    @Test("brings packets to who asks, to who iterates, and to who observes")
    func receiving() async throws {
        let server = try await PythonServer()
        let client = WebSocketClient(server.url)
        let observed = Locked<[Message]>([])
        let watching = client.observe(withMessages: true) { event in
            if case .received(let message) = event { observed.withLock { $0.append(message) } }
        }
        try await client.connect()
        for text in ["one", "two", "three"] { try await client.send(text) }
        #expect(try await client.receive().data?["echo"] == "one")
        var found: [Value?] = []
        for try await packet in client.packets {
            found.append(packet.data?["echo"])
            if found.count == 2 { break }
        }
        #expect(found == ["two", "three"])
        // The answer to the hello came before.
        #expect(observed.withLock { $0.count } == 4)
        watching.cancel()
        await client.close()
        await server.end()
    }

    @Test("puts its name in front of each line that it logs")
    func log() async throws {
        let server = try await PythonServer()
        let lines = Locked<[String]>([])
        var configuration = ClientConfiguration.reconnecting()
        let log = Log { level, line in lines.withLock { $0.append("\(level) \(line)") } }
        configuration.log = log.named("prices")
        let client = WebSocketClient(server.url, configuration: configuration)
        try await client.connect()
        await #expect(throws: ClientError.self) { try await client.sendRPC("cut") }
        let _: Int = try await client.sendRPC("add", 1, 2)
        await client.close()
        let logged = lines.withLock(\.self)
        #expect(logged.count == 4 && logged.first == "info prices: connected" && logged.last == "info prices: closed")
        let second = try #require(logged.dropFirst().first)
        #expect(second.hasPrefix("warning prices: attempt 2 starts in ") && second.contains(" s: connectionLost: "))
        await server.end()
    }
}
