import EventLoops
import Testing
import Webshocket

@Suite("A client", .timeLimit(.minutes(5)))
struct ClientTests {
    /// Stops reading for a while after a packet; it does not read a close frame either.
    struct Dozing: WebSocketHandler {
        let access = Access.everyone
        let gate = Gate()
        nonisolated(nonsending) func onReceive(_ connection: Connection, packet: Packet) async throws {
            await gate.wait()
        }
        func add(_ connection: Connection, a: Int, b: Int) -> Int { a + b }
        var methods: RPCMethods { RPCMethod("add", add) }
    }

    @Test("reconnects only after the closing connection has ended")
    func connectWhileClosing() async throws {
        let handler = Dozing()
        try await withServer(handler) { server in
            let client = WebSocketClient(once: server.url)
            try await client.connect()
            try await client.send("doze")
            let closing = Task { await client.close() }
            try await until { (try? await client.notify("add", 1, 2)) == nil }
            let connecting = Task { try await client.connect() }
            for _ in 0..<100 { await Task.yield() }
            handler.gate.open()
            try await connecting.value
            try await client.expect(3, from: "add", 1, 2)
            await closing.value
            await client.close()
        }
    }

    @Test("fails a call without a response in time, and continues other calls")
    func timeout() async throws {
        try await withServer(SampleHandler()) { server in
            try await withClient(server.url) { client in
                let error = await #expect(throws: ClientError.self) {
                    let _: Int = try await client.sendRPC("slow", 60_000, timeout: .milliseconds(20))
                }
                #expect(error?.code == .timedOut)
                try await client.expect(3, from: "add", 1, 2)
            }
        }
    }

    @Test("ends a call whose task is cancelled before or after it was sent")
    func cancellation() async throws {
        try await withServer(SampleHandler()) { server in
            try await withClient(server.url) { client in
                for _ in 0..<50 {
                    let call = Task { let _: Int = try await client.sendRPC("slow", 60_000) }
                    call.cancel()
                    await #expect(throws: CancellationError.self) { try await call.value }
                    let receiving = Task { try await client.receive() }
                    receiving.cancel()
                    await #expect(throws: CancellationError.self) { _ = try await receiving.value }
                }
                try await client.expect(3, from: "add", 1, 2)
            }
        }
    }

    @Test("ends every pending call and receive when the connection ends")
    func connectionLost() async throws {
        var configuration = ServerConfiguration.quiet
        configuration.limits.callsInFlight = 2_000
        let ledger = Ledger()
        let server = WebSocketServer(port: 0, handler: ledger, configuration: configuration)
        try await server.start()
        let client = WebSocketClient(once: server.url)
        try await client.connect()
        let calls = (0..<1_000).map { number in
            Task { let _: Int = try await client.sendRPC("hang", number, timeout: .never) }
        }
        let receiving = Task { try await client.receive() }
        await ledger.runs.wait(count: calls.count)
        await server.stop(within: .zero)
        for call in calls {
            let error = await #expect(throws: ClientError.self) { try await call.value }
            #expect(error?.code == .connectionLost || error?.code == .notConnected)
        }
        await #expect(throws: ClientError.self) { _ = try await receiving.value }
        #expect(!client.isConnected)
    }

    @Test("throws notConnected if it is not connected, and can connect again after it was closed")
    func reconnect() async throws {
        try await withServer(SampleHandler()) { server in
            let client = WebSocketClient(once: server.url)
            let error = await #expect(throws: ClientError.self) { try await client.send("x") }
            #expect(error?.code == .notConnected)
            for _ in 0..<3 {
                try await client.connect()
                try await client.expect(3, from: "add", 1, 2)
                await client.close()
                await #expect(throws: ClientError.self) { try await client.send("x") }
            }
        }
    }

    @Test("closes its connection when it is released")
    func released() async throws {
        let journal = LifecycleTests.Journal()
        try await withServer(journal) { server in
            var client: WebSocketClient? = WebSocketClient(once: server.url)
            try await client?.connect()
            client = nil
            await journal.left.wait()
        }
        #expect(journal.events.values.last == "disconnect 1001 true")
    }

    @Test("reports the step at which connecting failed")
    func connectErrors() async throws {
        for (url, code) in [
            ("http://127.0.0.1", ClientError.Code.invalidURL), ("ws://", .invalidURL), ("ws://a b", .invalidURL),
            ("ws://127.0.0.1:70000", .invalidURL), ("wss://", .invalidURL), ("wss://127.0.0.1:0", .invalidURL),
            ("ws://127.0.0.1:1", .cannotConnect),
            ("ws+unix:///no/such/socket", .cannotConnect), ("ws://host.invalid", .cannotConnect),
        ] {
            let error = await #expect(throws: ClientError.self) { try await WebSocketClient(url).connect() }
            #expect(error?.code == code, "\(url): \(String(describing: error))")
        }
    }

    @Test("resumes receiving after its inbox was full")
    func fullInbox() async throws {
        var configuration = ClientConfiguration.raw
        configuration.inboxSize = 3
        try await withServer(routes: { WebSocketRoute("/", access: .everyone) { $0.send($1) } }) { server in
            let client = WebSocketClient(once: server.url, configuration: configuration)
            try await client.connect()
            for number in 0..<100 { try await client.send(.text("\(number)")) }
            for number in 0..<100 { #expect(try await client.receiveMessage() == .text("\(number)")) }
            await client.close()
        }
    }

    @Test("stops connecting when its task is cancelled")
    func cancelledConnect() async throws {
        // A listener that accepts connections and sends nothing.
        let silent = try await Listener.listen(
            on: .tcp(host: "127.0.0.1", port: 0), loops: [EventLoopGroup.shared.next()]
        ) { $0.start(delegate: SilentPeer()) }
        let client = WebSocketClient("ws://127.0.0.1:\(silent.localAddress.port ?? 0)")
        let connecting = Task { try await client.connect() }
        connecting.cancel()
        await #expect(throws: CancellationError.self) { try await connecting.value }
        #expect(!client.isConnected)
        await silent.close()
    }

    final class SilentPeer: TransportDelegate {
        func transport(_ socket: Transport, didRead bytes: UnsafeMutableRawBufferPointer) {}
        func transportDidDrain(_ socket: Transport) {}
        func transportPeerDidEnd(_ socket: Transport) {}

        func transportDidReachEnd(_ socket: Transport) { socket.close() }
        func transportDidClose(_ socket: Transport, error: SocketError?) {}
    }

    @Test("suspends senders while the server does not read, and loses nothing")
    func sendBackPressure() async throws {
        let released = Gate()
        let seen = Collected<Int>()
        let routes: [WebSocketRoute] = [
            WebSocketRoute("/", access: .everyone) { connection, message in
                await released.wait()
                guard case .binary(let bytes) = message else { return }
                seen.append(bytes.count)
                if bytes.isEmpty { connection.send(message) }
            }
        ]
        try await withServer(routes: { for route in routes { route } }) { server in
            try await withRawClient(server.url) { client in
                let sent = Collected<Int>()
                let sending = Task {
                    for number in 0..<300 {
                        try await client.send(.binary([UInt8](repeating: 7, count: 100_000)))
                        sent.append(number)
                    }
                    try await client.send(.binary([]))
                }
                // A second client makes a round trip through the same event loops. By then, the first client has filled
                // the buffers.
                try await withRawClient(server.url) { _ in }
                #expect(sent.values.count < 300)
                released.open()
                try await sending.value
                #expect(try await client.receive() == .binary([]))
                #expect(seen.values.count == 301)
            }
        }
    }

    @Test("reports a response whose type differs from the requested one")
    func unexpectedReply() async throws {
        try await withServer(SampleHandler()) { server in
            try await withClient(server.url) { client in
                let error = await #expect(throws: ClientError.self) {
                    let _: String = try await client.sendRPC("add", 1, 2)
                }
                #expect(error?.code == .unexpectedReply)
            }
        }
    }

    @Test("negotiates compression with the server, with and without context takeover", arguments: [true, false])
    func compression(takeover: Bool) async throws {
        var options = CompressionOptions()
        options.serverContextTakeover = takeover
        options.clientContextTakeover = takeover
        var configuration = ServerConfiguration.quiet
        configuration.compression = options
        try await withServer(SampleHandler(), configuration) { server in
            var configuration = ClientConfiguration()
            configuration.compression = options
            let client = WebSocketClient(once: server.url, configuration: configuration)
            try await client.connect()
            for length in [0, 10, 1_000, 100_000, 500_000] {
                let text = String(repeating: "abc", count: length / 3)
                let back: String = try await client.sendRPC("echo", text)
                #expect(back == text)
            }
            await client.close()
        }
    }

    @Test("connects over IPv6 and over a Unix-domain socket")
    func otherSockets() async throws {
        let routes: [WebSocketRoute] = [WebSocketRoute("/calls", SampleHandler())]
        let path = "/tmp/webshocket-test-\(UInt32.random(in: 0 ... .max)).sock"
        var plain = ServerConfiguration.quiet
        plain.tls = nil
        let local = WebSocketServer(unixSocket: path, configuration: plain) { for route in routes { route } }
        let six = WebSocketServer(host: "::1", port: 0, configuration: .quiet) { for route in routes { route } }
        for (server, separator) in [(local, ":"), (six, "")] {
            try await server.start()
            try await withClient("\(server.url)\(separator)/calls") { client in
                try await client.expect(3, from: "add", 1, 2)
            }
            await server.stop()
        }
    }
}
