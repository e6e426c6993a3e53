import Dispatch
import EventLoops
import Testing
import Webshocket

@Suite("Watchdog", .timeLimit(.minutes(5)))
struct WatchdogTests {
    actor Plain {
        func wait(_ gate: DispatchSemaphore) { gate.wait() }
    }

    /// A handler whose functions all block until `gate` is signalled.
    final class Handler: WebSocketHandler {
        let access = Access.everyone
        let gate = DispatchSemaphore(value: 0)
        let plain = Plain()
        let blocksOnConnect: Bool

        init(blocksOnConnect: Bool = false) { self.blocksOnConnect = blocksOnConnect }

        nonisolated(nonsending) func onConnect(_ connection: Connection) async throws {
            if blocksOnConnect { gate.wait() }
        }
        func block(_ connection: Connection) { gate.wait() }
        func blockLater(_ connection: Connection) async {
            await Task.yield()
            gate.wait()
        }
        func blockInActor(_ connection: Connection) async { await plain.wait(gate) }
        func stream(_ connection: Connection) -> AsyncStream<Int> {
            AsyncStream { [gate] in
                gate.wait()
                return nil
            }
        }

        var methods: RPCMethods {
            RPCMethod("block", block)
            RPCMethod("blockLater", blockLater)
            RPCMethod("blockInActor", blockInActor)
            RPCMethod("stream", stream)
        }

        var messages: MessageHandlers {
            OnEvent("halt") { [gate] _ in gate.wait() }
            OnEvent("haltLater") { [gate] (_: Connection, _: WireValue) async in
                await Task.yield()
                gate.wait()
            }
        }
    }

    /// Runs `body` with a server whose watchdog limit is 1 ms, and with its log lines.
    private func withWatchedServer(
        _ handler: Handler, _ body: (WebSocketServer, Collected<String>) async throws -> Void
    ) async throws {
        var configuration = ServerConfiguration.quiet
        let lines = Collected<String>()
        configuration.log = LogSink { _, line in lines.append(line) }
        configuration.watchdog = .milliseconds(1)
        try await withServer(
            configuration,
            routes: {
                WebSocketRoute("/", handler)
                HTTPRoute("/page") { _ in
                    handler.gate.wait()
                    return .text("done")
                }
            }
        ) { try await body($0, lines) }
    }

    /// Waits for the log line, then unblocks the handler.
    private func expectLine(naming name: String, in lines: Collected<String>, of handler: Handler) async {
        await lines.wait { $0.contains { $0.contains("has been blocked") && $0.contains("by \(name);") } }
        handler.gate.signal()
    }

    @Test(
        "names the method that blocks an event loop while it still blocks",
        arguments: ["block", "blockLater", "blockInActor", "stream"])
    func method(name: String) async throws {
        let handler = Handler()
        try await withWatchedServer(handler) { server, lines in
            try await PlainPeer.connected(to: server.url) { peer in
                try await peer.request(name, id: "1")
                await expectLine(naming: "RPC method '\(name)'", in: lines, of: handler)
                #expect(try await peer.response()["call_id"] == "1")
            }
        }
    }

    @Test("names the event whose handler blocks an event loop", arguments: ["halt", "haltLater"])
    func event(name: String) async throws {
        let handler = Handler()
        try await withWatchedServer(handler) { server, lines in
            try await withClient(server.url) { client in
                try await client.send(WireValue.null, event: name)
                await expectLine(naming: "event '\(name)'", in: lines, of: handler)
            }
        }
    }

    @Test("names the page that blocks an event loop")
    func page() async throws {
        let handler = Handler()
        try await withWatchedServer(handler) { server, lines in
            async let answer = HTTPPeer.get(server.port, "/page")
            await expectLine(naming: "page '/page'", in: lines, of: handler)
            let text = try await answer.text
            #expect(text == "done")
        }
    }

    @Test("names the path whose onConnect blocks an event loop")
    func onConnect() async throws {
        let handler = Handler(blocksOnConnect: true)
        try await withWatchedServer(handler) { server, lines in
            // The response to the upgrade request is sent after `onConnect` has returned.
            async let connected: Void = withClient(server.url) { _ in }
            await expectLine(naming: "the handler at '/'", in: lines, of: handler)
            try await connected
        }
    }

    @Test("the default limit is 250 ms")
    func defaultLimit() {
        #expect(ServerConfiguration().watchdog == .milliseconds(250))
    }

    @Test("a limit that is not positive is refused", arguments: [Duration.zero, .seconds(-1)])
    func limit(limit: Duration) async throws {
        var configuration = ServerConfiguration.quiet
        configuration.watchdog = limit
        let server = WebSocketServer(port: 0, handler: Handler(), configuration: configuration)
        let error = await #expect(throws: ServerError.self) { try await server.start() }
        #expect(error?.message == "watchdog must be positive (got \(limit))")
    }
}
