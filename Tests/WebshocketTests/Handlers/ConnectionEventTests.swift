import Testing
import Webshocket

/// Handlers that reject every client, each with a different form of `onConnect`.
private enum Refusing {
    static let closure = ConnectionClosure(.policyViolation, reason: "Access denied", isClean: true)
    static let refusal = ConnectionClosure(.policyViolation, reason: "Access denied")

    struct Plain: WebSocketHandler {
        let access = Access.everyone
        func onConnect(_ connection: Connection) async throws { throw refusal }
    }
    struct Synchronous: WebSocketHandler {
        let access = Access.everyone
        func onConnect(_ connection: Connection) throws { throw refusal }
    }
    struct Labelled: WebSocketHandler {
        let access = Access.everyone
        func onConnect(connection: Connection) async throws { throw refusal }
    }
    struct WithRequest: WebSocketHandler {
        let access = Access.everyone
        func onConnect(_ connection: Connection, request: HTTPRequest) async throws { throw refusal }
    }
    struct Boolean: WebSocketHandler {
        let access = Access.everyone
        func onConnect(_ connection: Connection) async -> Bool { false }
    }
    struct SynchronousBoolean: WebSocketHandler {
        let access = Access.everyone
        func onConnect(_ connection: Connection) -> Bool { false }
    }
    struct LabelledBoolean: WebSocketHandler {
        let access = Access.everyone
        @discardableResult func onConnect(connection: Connection) async throws -> Bool { false }
    }
    struct BooleanWithRequest: WebSocketHandler {
        let access = Access.everyone
        func onConnect(_ connection: Connection, request: HTTPRequest) async -> Bool { false }
    }
    struct LabelledWithRequest: WebSocketHandler {
        let access = Access.everyone
        func onConnect(connection: Connection, request: HTTPRequest) async throws { throw refusal }
    }
    struct LabelledBooleanWithRequest: WebSocketHandler {
        let access = Access.everyone
        func onConnect(connection: Connection, request: HTTPRequest) -> Bool { false }
    }
    struct Second: WebSocketHandler {
        let access = Access.everyone
        func onConnect(_ connection: Connection, request: HTTPRequest) async throws {}
        func onConnect(_ connection: Connection) async -> Bool { false }
    }
    struct Extended: WebSocketHandler {
        let access = Access.everyone
    }
    final class Object: WebSocketHandler {
        let access = Access.everyone
        func onConnect(connection: Connection) async throws { throw refusal }
    }
    actor Isolated: WebSocketHandler {
        let access = Access.everyone
        func onConnect(_ connection: Connection) -> Bool { false }
    }
}

extension Refusing.Extended {
    fileprivate func onConnect(_ connection: Connection) async throws { throw Refusing.refusal }
}

@Suite("Connection events of handlers", .timeLimit(.minutes(5)))
struct ConnectionEventTests {
    private static let refusing: [any WebSocketHandler] = [
        Refusing.Plain(), Refusing.Synchronous(), Refusing.Labelled(), Refusing.WithRequest(), Refusing.Boolean(),
        Refusing.SynchronousBoolean(), Refusing.LabelledBoolean(), Refusing.BooleanWithRequest(),
        Refusing.LabelledWithRequest(),
        Refusing.LabelledBooleanWithRequest(), Refusing.Second(),
        Refusing.Extended(), Refusing.Object(), Refusing.Isolated(),
    ]

    @Test("every form of onConnect can reject a client", arguments: refusing)
    func refused(handler: any WebSocketHandler) async throws {
        try await withServer(routes: { WebSocketRoute("/", handler) }) { server in
            let client = WebSocketClient(once: server.url)
            let error = await #expect(throws: ClientError.self) { try await client.connect() }
            #expect(error?.closure == Refusing.closure)
            await client.close()
        }
    }

    /// Records events with the forms that take a request, a room's name and no closure.
    private struct Recording: WebSocketHandler {
        let access = Access.everyone
        let events = Collected<String>()
        let hasEnded = Gate()

        func onConnect(_ connection: Connection, request: HTTPRequest) async throws {
            events.append(
                "connect \(request.path) \(request.queryItems["as"] ?? "-") \(request.headers["X-Test"] ?? "-")")
        }
        func onJoin(_ connection: Connection, room: String) async { events.append("join \(room)") }
        func onLeave(_ connection: Connection, room: String) async { events.append("leave \(room)") }
        func onDisconnect(_ connection: Connection) async {
            events.append("disconnect")
            hasEnded.open()
        }

        var channels: ChannelRules { ChannelRule("room.*").announcesMembers() }
    }

    @Test("events are reported to the forms with a request, a room's name and no closure")
    func forms() async throws {
        let handler = Recording()
        try await withServer(handler) { server in
            var configuration = ClientConfiguration()
            try configuration.headers.add(name: "X-Test", value: "yes")
            let client = WebSocketClient(once: server.url + "/?as=ann", configuration: configuration)
            try await client.connect()
            _ = try await client.join("room.tea")
            await client.close()
            await handler.hasEnded.wait()
        }
        #expect(handler.events.values == ["connect / ann yes", "join room.tea", "leave room.tea", "disconnect"])
    }

    /// Implements several forms of each function.
    private struct Twice: WebSocketHandler {
        let access = Access.everyone
        let events = Collected<String>()
        let hasEnded = Gate()

        func onConnect(_ connection: Connection) async throws { events.append("connect") }
        func onConnect(connection: Connection) async throws { events.append("connect, labelled") }
        func onConnect(_ connection: Connection) async throws -> Bool {
            events.append("connect, Boolean")
            return true
        }
        func onDisconnect(_ connection: Connection, closure: ConnectionClosure) async { events.append("\(closure)") }
        func onDisconnect(_ connection: Connection) async {
            events.append("disconnect")
            hasEnded.open()
        }
    }

    @Test("each form that the handler implements is called once")
    func everyForm() async throws {
        let handler = Twice()
        try await withServer(handler) { server in
            try await withClient(server.url) { _ in }
            await handler.hasEnded.wait()
        }
        #expect(
            handler.events.values == ["connect, Boolean", "connect", "connect, labelled", "1000", "disconnect"])
    }
}
