import EventLoops
import Testing
import Webshocket

@Suite(
    "The events of a client of a Python server", .enabled(if: PythonServer.canServe, PythonServer.absence),
    .timeLimit(.minutes(5)))
struct ClientEventTests {
    /// The name of an event, without values that depend on time.
    private static func name(_ event: ClientEvent) -> String {
        switch event {
        case .connecting: "connecting"
        case .open: "open"
        case .restored: "restored"
        case .waiting(_, _, let error): "waiting because of \((error as? ClientError)?.code.description ?? "?")"
        case .renewed: "renewed"
        case .renewalFailed: "renewal failed"
        case .closed(let error?): "closed because of \((error as? ClientError)?.code.description ?? "?")"
        case .closed(error: nil): "closed"
        case .sent: "sent"
        case .received: "received"
        }
    }

    @Test("include open, each message sent and received, a lost connection, and close")
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
                // The hello and its response come before the client is open.
                "connecting", "sent", "received", "open", "sent", "received", "sent",
                "waiting because of connectionLost", "connecting", "sent", "received", "open", "sent", "received",
                "closed",
            ])
        await server.end()
    }

    @Test("include the error if the client cannot connect")
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

    @Test("deliver packets to receive(), to iteration and to observers")
    func receiving() async throws {
        let server = try await PythonServer()
        let client = WebSocketClient(server.url)
        let observed = Locked<[WebSocketMessage]>([])
        let watching = client.observe(withMessages: true) { event in
            if case .received(let message) = event { observed.withLock { $0.append(message) } }
        }
        try await client.connect()
        for text in ["one", "two", "three"] { try await client.send(text) }
        #expect(try await client.receive().data?["echo"] == "one")
        var found: [WireValue?] = []
        for try await packet in client.packets {
            found.append(packet.data?["echo"])
            if found.count == 2 { break }
        }
        #expect(found == ["two", "three"])
        // The first message is the response to the hello.
        #expect(observed.withLock { $0.count } == 4)
        watching.cancel()
        await client.close()
        await server.end()
    }

    @Test("are logged with the name of the client as a prefix")
    func log() async throws {
        let server = try await PythonServer()
        let lines = Locked<[String]>([])
        var configuration = ClientConfiguration.reconnecting()
        let log = LogSink { level, line in lines.withLock { $0.append("\(level) \(line)") } }
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
