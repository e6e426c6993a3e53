import EventLoops
import Testing
import Webshocket

@Suite("The delivery of a client's errors", .timeLimit(.minutes(5)))
struct ClientDeliveryTests {
    /// The settings of a connection that affect where a request ends in the byte stream.
    struct Wire: Sendable, CustomStringConvertible {
        let codec: PacketCodec
        let compression: CompressionOptions?

        var description: String { "\(codec)\(compression == nil ? "" : ", compressed")" }

        static let all: [Wire] = PacketCodec.codecs.flatMap { codec in
            var options = CompressionOptions()
            // Otherwise, repeated text compresses to almost nothing.
            options.clientContextTakeover = false
            return [Wire(codec: codec, compression: nil), Wire(codec: codec, compression: options)]
        }
    }

    /// A client with its own event loop, so that its timers can be counted.
    private func client(
        _ url: String, _ wire: Wire = Wire.all[0], closeTimeout: Duration = .milliseconds(50)
    ) async throws -> (WebSocketClient, EventLoopGroup) {
        var configuration = ClientConfiguration(codec: wire.codec)
        configuration.reconnect = .never
        configuration.compression = wire.compression
        configuration.closeTimeout = closeTimeout
        configuration.callTimeout = .seconds(300)
        // Its timer would be counted as a call's timer.
        configuration.heartbeat = nil
        let group = EventLoopGroup(loops: 1, name: "client")
        let client = WebSocketClient(url, configuration: configuration, on: group.loops[0])
        try await client.connect()
        return (client, group)
    }

    /// Starts `count` calls, and returns when each has reached the event loop.
    private func begin(
        _ count: Int, _ method: String, _ text: String = "", _ client: WebSocketClient
    ) async throws -> [Task<ClientError?, Never>] {
        let tasks = (0..<count).map { number in
            Task {
                do {
                    try await client.sendRPC(method, "\(text)\(number)")
                    return nil as ClientError?
                } catch {
                    return error as? ClientError
                }
            }
        }
        try await until { await client.loop.timers >= count }
        return tasks
    }

    /// Text that compresses poorly.
    private static let noise = String((0..<10_000).map { _ in "abcdefghijklmnopqrstuvwxyz".randomElement() ?? "a" })

    @Test(
        "matches the number of requests that the server can still read after the connection ended",
        arguments: Wire.all)
    func exact(wire: Wire) async throws {
        let server = try await StallingServer(compression: wire.compression)
        let (client, group) = try await client(server.url, wire)
        // More than the kernel's buffers on both sides hold.
        let calls = try await begin(4_000, "m", Self.noise, client)
        let notification = Task { try await client.notify("n") }
        let stream = Task { for try await _ in client.streamRPC("s", timeout: .seconds(300), as: Int.self) {} }
        try await until { await client.loop.timers > calls.count }
        let receiving = Task { try await client.receive() }
        await client.close()
        var executed = 0
        for call in calls {
            let error = await call.value
            #expect(error?.code == .connectionLost)
            if error?.delivery == .maybeExecuted { executed += 1 } else { #expect(error?.delivery == .notSent) }
        }
        #expect(executed > 0 && executed < calls.count)
        #expect(await server.readAll() == executed)
        let results = (await notification.result, await stream.result)
        for late in [results.0, results.1] {
            let error = #expect(throws: ClientError.self) { try late.get() }
            #expect(error?.delivery == .notSent)
        }
        let received = await #expect(throws: ClientError.self) { _ = try await receiving.value }
        #expect(received?.code == .connectionLost && received?.delivery == nil)
        #expect(await client.loop.timers == 0)
        await group.shutdown()
        await server.stop()
    }

    @Test("is set if the server resets the connection")
    func reset() async throws {
        let server = try await StallingServer()
        let (client, group) = try await client(server.url)
        let calls = try await begin(4_000, "m", Self.noise, client)
        server.kill()
        var deliveries: [ClientError.Delivery?: Int] = [:]
        for call in calls {
            let error = await call.value
            #expect(error?.code == .connectionLost)
            deliveries[error?.delivery, default: 0] += 1
        }
        #expect(deliveries.count == 2 && deliveries[nil] == nil)
        #expect(await client.loop.timers == 0)
        await group.shutdown()
        await server.stop()
    }

    /// A handler whose method does not return before the connection ends.
    final class Hanging: WebSocketHandler {
        let access = Access.everyone
        let begun = Collected<Int>()

        func hang(_ connection: Connection, text: String) async {
            begun.append(1)
            try? await Task.sleep(for: .seconds(600))
        }

        var methods: RPCMethods { RPCMethod("hang", hang) }
    }

    @Test("is set for 10,000 calls if the server ends the connection, and the client can connect again")
    func manyCalls() async throws {
        try await withSocketFolder { folder in
            let handler = Hanging()
            var configuration = ServerConfiguration.plain
            configuration.limits.callsInFlight = 20_000
            let socket = "\(folder)/socket"
            let server = WebSocketServer(unixSocket: socket, handler: handler, configuration: configuration)
            try await server.start()
            let (client, group) = try await client(server.url)
            let calls = try await begin(10_000, "hang", "", client)
            await handler.begun.wait(count: 10_000)
            await server.stop(within: .zero)
            for call in calls {
                let error = await call.value
                #expect(error?.code == .connectionLost && error?.delivery == .maybeExecuted)
            }
            #expect(await client.loop.timers == 0)

            let next = WebSocketServer(unixSocket: socket, handler: SampleHandler(), configuration: .plain)
            try await next.start()
            try await client.connect()
            try await client.expect(3, from: "add", 1, 2)
            await client.close()
            await next.stop()
            await group.shutdown()
        }
    }

    @Test("is notSent for a call that times out or is cancelled before it is sent, and the call is never sent")
    func takenBack() async throws {
        let server = try await StallingServer()
        let (client, group) = try await client(server.url, closeTimeout: .seconds(30))
        let first = try await begin(4_000, "m", Self.noise, client)
        let error = await #expect(throws: ClientError.self) {
            try await client.sendRPC("late", timeout: .milliseconds(1))
        }
        #expect(error?.code == .timedOut && error?.delivery == .notSent)
        let cancelled = Task { try await client.sendRPC("cancelled") }
        let stream = Task { for try await _ in client.streamRPC("stream", timeout: .milliseconds(1), as: Int.self) {} }
        try await until { await client.loop.timers >= 4_001 }
        cancelled.cancel()
        await #expect(throws: CancellationError.self) { try await cancelled.value }
        let late = await #expect(throws: ClientError.self) { try await stream.value }
        #expect(late?.code == .timedOut && late?.delivery == .notSent)
        // When the server reads again, it receives the earlier calls, and only the last message after them.
        let reading = Task { await server.readAll() }
        try await client.send("last")
        await client.close()
        #expect(await reading.value == 4_001)
        for call in first { #expect(await call.value?.delivery == .maybeExecuted) }
        await group.shutdown()
        await server.stop()
    }

    @Test("does not apply to a notification or a packet that is cancelled while it waits")
    func cancelledSends() async throws {
        let server = try await StallingServer()
        let (client, group) = try await client(server.url)
        let calls = try await begin(4_000, "m", Self.noise, client)
        let waiting = [
            Task { try await client.notify("n") }, Task { try await client.send("p") },
            Task { try await client.send(.binary([1])) },
        ]
        for task in waiting {
            task.cancel()
            await #expect(throws: CancellationError.self) { try await task.value }
        }
        await client.close()
        for call in calls { _ = await call.value }
        await group.shutdown()
        await server.stop()
    }

    @Test("is notSent if the client is not connected")
    func notConnected() async throws {
        let client = WebSocketClient("ws://127.0.0.1:1")
        func expect(_ body: () async throws -> Void) async {
            let error = await #expect(throws: ClientError.self) { try await body() }
            #expect(error?.code == .notConnected && error?.delivery == .notSent)
        }
        await expect { try await client.sendRPC("m") }
        await expect { try await client.notify("m") }
        await expect { try await client.send("m") }
        await expect { for try await _ in client.streamRPC("m", as: Int.self) {} }
    }
}

extension EventLoop {
    fileprivate var timers: Int {
        get async { await run { self.timerCount } }
    }
}
