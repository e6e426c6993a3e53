import EventLoops
import Testing
import Webshocket

/// A shutdown must not wait for the code that requested it; otherwise that code would be cancelled.
@Suite("A server stopped by code that it runs", .timeLimit(.minutes(5)))
struct ShutdownFromWithinTests {
    enum Place: String, CaseIterable, Sendable {
        case method, childTask, group, actor, stream, onConnect, onReceive, onEvent, onDisconnect, onJoin, token

        /// Whether the code is a call with one response.
        var isCall: Bool { [.method, .childTask, .group, .actor].contains(self) }
        /// Whether a shutdown waits for the code.
        var isWaitedFor: Bool { isCall || [.onConnect, .onReceive, .onEvent, .onDisconnect].contains(self) }
    }

    actor Stopper {
        func stop(_ server: WebSocketServer) async { await server.stop() }
    }

    final class Handler: WebSocketHandler {
        let place: Place?
        let server = Locked<WebSocketServer?>(nil)
        let hasReturned = Gate()
        let wasCutOff = Gate()
        let stopper = Stopper()

        init(_ place: Place?) { self.place = place }

        nonisolated(nonsending) func stop(at place: Place) async {
            guard place == self.place, let server = server.withLock({ $0 }) else { return }
            await server.stop()
            if Task.isCancelled { wasCutOff.open() }
            hasReturned.open()
        }

        var access: Access {
            .authenticated { _ in
                .awaitToken
            } token: { [self] token, _ in
                if token == "stop" { await stop(at: .token) }
                return .admit(userID: token)
            }
        }

        nonisolated(nonsending) func onConnect(_ connection: Connection) async throws { await stop(at: .onConnect) }

        nonisolated(nonsending) func onReceive(_ connection: Connection, packet: Packet) async throws {
            await stop(at: .onReceive)
        }

        nonisolated(nonsending) func onDisconnect(_ connection: Connection, closure: ConnectionClosure) async {
            await stop(at: .onDisconnect)
        }

        nonisolated(nonsending) func onJoin(_ connection: Connection, room: Room) async { await stop(at: .onJoin) }

        func method(_ connection: Connection) async -> String {
            await stop(at: .method)
            return "stopped"
        }

        func childTask(_ connection: Connection) async -> String {
            async let stopping: Void = stop(at: .childTask)
            await stopping
            return "stopped"
        }

        func group(_ connection: Connection) async -> String {
            await withTaskGroup(of: Void.self) { group in
                group.addTask { await self.stop(at: .group) }
            }
            return "stopped"
        }

        func actor(_ connection: Connection) async -> String {
            guard let server = server.withLock({ $0 }) else { return "" }
            await stopper.stop(server)
            hasReturned.open()
            return "stopped"
        }

        func stream(_ connection: Connection) -> AsyncStream<Int> {
            AsyncStream { [self] in
                await stop(at: .stream)
                return nil
            }
        }

        var methods: RPCMethods {
            RPCMethod("method", method)
            RPCMethod("childTask", childTask)
            RPCMethod("group", group)
            RPCMethod("actor", actor)
            RPCMethod("stream", stream)
        }

        var messages: MessageHandlers {
            OnEvent("onEvent") { [self] (_: Connection) in await stop(at: .onEvent) }
        }

        var channels: ChannelRules { ChannelRule("lobby") }
    }

    private static func server(_ handler: Handler) -> WebSocketServer {
        var configuration = ServerConfiguration.quiet
        configuration.timeouts.shutdown = .patient
        configuration.shutdownAdvice = .unspecified
        let server = WebSocketServer(port: 0, configuration: configuration) {
            WebSocketRoute("/", handler)
            HTTPRoute("/stop") { _ in
                await handler.server.withLock { $0 }?.stop()
                handler.hasReturned.open()
                return .text("stopped")
            }
        }
        handler.server.withLock { $0 = server }
        return server
    }

    @Test("stops without waiting for that code", arguments: Place.allCases)
    func stops(place: Place) async throws {
        let handler = Handler(place)
        let server = Self.server(handler)
        try await server.start()
        let peer = try await PacketPeer(port: server.port, .json)
        try peer.call("__authenticate__", [place == .token ? "stop" : "ann"], id: "token")
        switch place {
        case .method, .childTask, .group, .actor: try peer.call(place.rawValue, [], id: "call")
        case .stream: try peer.call("stream", [], id: "call")
        case .onConnect, .token: break
        case .onReceive: peer.send(.text("text"))
        case .onEvent: try peer.send(nil, event: "onEvent")
        case .onJoin: try peer.call("__join__", ["lobby"], id: "join")
        case .onDisconnect:
            _ = try await peer.response()
            peer.close()
        }
        await handler.hasReturned.wait()
        #expect(!(place.isWaitedFor && handler.wasCutOff.isOpen))
        if place.isCall {
            let answers = [try await peer.response(), try await peer.response()]
            #expect(answers.last?.data == "stopped" && answers.last?.error == nil)
            try await peer.expectClose(.goingAway, "Server is shutting down")
        }
        if place != .token { peer.close() }
        await server.stop()
        peer.close()
        handler.server.withLock { $0 = nil }
    }

    @Test("answers the page that stops it")
    func page() async throws {
        let handler = Handler(nil)
        let server = Self.server(handler)
        try await server.start()
        let peer = try await RawPeer(port: server.port)
        peer.send("GET /stop HTTP/1.1\r\nHost: localhost\r\n\r\n")
        let answer = await peer.everything()
        #expect(answer.hasPrefix("HTTP/1.1 200 OK\r\n") && answer.hasSuffix("stopped"))
        await server.stop()
        handler.server.withLock { $0 = nil }
    }

    @Test("also ends serve()")
    func serve() async throws {
        let handler = Handler(.method)
        let server = Self.server(handler)
        let isReady = Gate()
        async let running: Void = server.serve { isReady.open() }
        await isReady.wait()
        let peer = try await PacketPeer(port: server.port, .json)
        try peer.call("__authenticate__", ["ann"], id: "token")
        _ = try await peer.response()
        try await peer.expect("stopped", from: "method")
        try await peer.expectClose(.goingAway, "Server is shutting down")
        peer.close()
        try await running
        handler.server.withLock { $0 = nil }
    }

    @Test("still publishes, and lets that code close its connection with its own close code")
    func afterwards() async throws {
        final class Closing: WebSocketHandler {
            let access = Access.everyone
            let server = Locked<WebSocketServer?>(nil)

            func end(_ connection: Connection) async throws {
                await server.withLock { $0 }?.stop()
                // A second call does not wait either.
                await server.withLock { $0 }?.stop()
                try connection.hub.broadcast("last words")
                connection.close(4_000, reason: "ended")
            }

            var methods: RPCMethods { RPCMethod("end", end) }
        }
        let handler = Closing()
        var configuration = ServerConfiguration.quiet
        configuration.loops = 1
        configuration.timeouts.shutdown = .patient
        let server = WebSocketServer(port: 0, handler: handler, configuration: configuration)
        handler.server.withLock { $0 = server }
        try await server.start()
        let peer = try await PacketPeer(port: server.port, .json)
        try peer.call("end", [])
        let packet = try await peer.packet()
        #expect(packet == Packet(source: .broadcast, data: "last words"))
        try await peer.expectClose(4_000, "ended")
        peer.close()
        await server.stop()
        handler.server.withLock { $0 = nil }
    }
}
