import EventLoops
import Testing
import Webshocket

@Suite("Draining", .timeLimit(.minutes(5)))
struct DrainTests {
    final class Handler: WebSocketHandler {
        let access = Access.everyone
        let begun = Gate()
        let release = Gate()

        func held(_ connection: Connection) async -> Int {
            begun.open()
            await release.wait()
            return 1
        }

        var methods: RPCMethods { RPCMethod("held", held) }
    }

    /// A server with one loop. When an idle connection closes, all of its connections have started to drain.
    private static func server(
        callsInFlight: Int = 100, @RoutesBuilder routes: () -> [AnyRoute]
    ) async throws -> WebSocketServer {
        var configuration = ServerConfiguration.quiet
        configuration.loops = 1
        configuration.limits.callsInFlight = callsInFlight
        configuration.timeouts.shutdown = .seconds(50)
        let server = WebSocketServer(port: 0, configuration: configuration, routes: routes)
        try await server.start()
        return server
    }

    private static func peer(_ server: WebSocketServer, path: String = "/") async throws -> RawPeer {
        let peer = try await RawPeer(port: server.port)
        peer.send(RawFrame.upgrade.replacing("GET / ", with: "GET \(path) "))
        _ = await peer.received { $0.suffix(4).elementsEqual("\r\n\r\n".utf8) }
        return peer
    }

    @Test("a running message handler completes, and its messages are delivered")
    func handlers() async throws {
        let begun = Gate()
        let release = Gate()
        let server = try await Self.server {
            WebSocketRoute("/", access: .everyone) { connection, _ in
                begun.open()
                await release.wait()
                connection.send(.text("all done"))
            }
        }
        let idle = try await Self.peer(server)
        let peer = try await Self.peer(server)
        peer.send(RawFrame.text("work"))
        await begun.wait()
        async let stopping: Void = server.stop()
        _ = await idle.received { String(decoding: $0, as: UTF8.self).contains("shutting down") }
        idle.close()
        release.open()
        let said = await peer.received { String(decoding: $0, as: UTF8.self).contains("shutting down") }
        peer.close()
        #expect(String(decoding: said, as: UTF8.self).contains("all done"))
        await stopping
    }

    @Test("pings are answered, and new and held calls are refused with -32007", arguments: [1, 100])
    func reading(callsInFlight: Int) async throws {
        let handler = Handler()
        let server = try await Self.server(callsInFlight: callsInFlight) { WebSocketRoute("/", handler) }
        let idle = try await Self.peer(server)
        let peer = try await Self.peer(server)
        peer.send(RawFrame.call("held", id: "first"))
        await handler.begun.wait()
        // If only one call may be in flight, the second is held and reading pauses.
        if callsInFlight == 1 { peer.send(RawFrame.call("held", id: "second") + RawFrame.masked(9, "before".utf8)) }
        await peer.settle()
        async let stopping: Void = server.stop()
        _ = await idle.received { String(decoding: $0, as: UTF8.self).contains("shutting down") }
        idle.close()
        if callsInFlight > 1 { peer.send(RawFrame.call("held", id: "second") + RawFrame.masked(9, "before".utf8)) }
        peer.send(RawFrame.masked(9, "behind".utf8))
        let met = await peer.received { $0.firstRange(of: [0x8A, 6] + Array("behind".utf8)) != nil }
        let text = String(decoding: met, as: UTF8.self)
        #expect(text.contains("-32007") && text.contains("second") && !text.contains("first"))
        handler.release.open()
        let all = await peer.received { String(decoding: $0, as: UTF8.self).contains("Server is") }
        peer.close()
        #expect(String(decoding: all, as: UTF8.self).contains("first"))
        await stopping
    }
}
