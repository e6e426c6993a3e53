import Testing
import Webshocket

@Suite("Raw paths", .timeLimit(.minutes(5)))
struct RawPathTests {
    /// Records the events of a route.
    final class Journal: Sendable {
        let events = Collected<String>()
        let left = Gate()

        func disconnected(_ connection: Connection, _ closure: ConnectionClosure) {
            events.append("disconnect \(connection.userID ?? "-") \(closure)")
            left.open()
        }
    }

    @Test("onConnect, messages and onDisconnect are reported in order")
    func order() async throws {
        let journal = Journal()
        let route = WebSocketRoute("/", access: .everyone, receiving: String.self) { connection, text in
            journal.events.append("\(connection.userID ?? "-") says \(text)")
        } onConnect: { connection in
            await Task.yield()
            connection.userID = "ann"
            connection.visits = 1
            journal.events.append("connect \(connection.path) \(connection.codec) \(connection.visits ?? 0)")
        } onDisconnect: { connection, closure in
            await Task.yield()
            journal.disconnected(connection, closure)
        }
        try await withServer(routes: { route }) { server in
            try await withRawClient(server.url) { client in
                try await client.send(.text("one"))
                try await client.send(.text("two"))
            }
            await journal.left.wait()
        }
        #expect(journal.events.values == ["connect / json 1", "ann says one", "ann says two", "disconnect ann 1000"])
    }

    @Test(
        "an error in onConnect closes the connection, and its messages are not handled",
        arguments: [
            (true, ConnectionClosure(.policyViolation, reason: "not you", isClean: true)),
            (false, ConnectionClosure(.internalError, reason: "", isClean: true)),
        ])
    func turnedAway(isClosure: Bool, closure: ConnectionClosure) async throws {
        let journal = Journal()
        let route = WebSocketRoute("/", access: .everyone) { _, message in
            journal.events.append("message \(message)")
        } onConnect: { _ in
            await Task.yield()
            if isClosure { throw ConnectionClosure(.policyViolation, reason: "not you") }
            throw CancellationError()
        } onDisconnect: { connection, closure in
            journal.disconnected(connection, closure)
        }
        try await withServer(routes: { route }) { server in
            let client = WebSocketClient(server.url, configuration: .raw)
            try await client.connect()
            try? await client.send(.text("hello"))
            let error = await #expect(throws: ClientError.self) { try await client.receiveMessage() }
            #expect(error?.closure == closure)
            await journal.left.wait()
        }
        #expect(journal.events.values == ["disconnect - \(closure)"])
    }

    @Test("onDisconnect is called once if the peer leaves during onConnect")
    func connecting() async throws {
        let journal = Journal()
        let begun = Gate()
        let ended = Gate()
        let route = WebSocketRoute("/", access: .everyone) {
            OnText { _, text in journal.events.append(text) }
        } onConnect: { _ in
            begun.open()
            await journal.left.wait()
            journal.events.append("connected \(Task.isCancelled)")
            ended.open()
        } onDisconnect: { connection, closure in
            journal.disconnected(connection, closure)
        }
        try await withServer(routes: { route }) { server in
            let peer = try await RawPeer(port: server.port)
            peer.send(Array(RawFrame.upgrade.utf8) + RawFrame.text("unread"))
            await begun.wait()
            peer.close()
            await ended.wait()
        }
        #expect(journal.events.values == ["disconnect - 1006", "connected true"])
    }

    @Test("onDisconnect is called if the route has no onConnect")
    func disconnectOnly() async throws {
        let journal = Journal()
        let route = WebSocketRoute(
            "/", access: .everyone, onMessage: { _, _ in }, onDisconnect: { journal.disconnected($0, $1) })
        try await withServer(routes: { route }) { server in
            try await withRawClient(server.url) { _ in }
            await journal.left.wait()
        }
        #expect(journal.events.values == ["disconnect - 1000"])
    }

    @Test("strings are sent as text, bytes as binary, and other values as JSON")
    func values() async throws {
        let route = WebSocketRoute("/", access: .everyone) { connection, _ in
            try connection.send("a \"text\"")
            try connection.send([1, 2] as [UInt8])
            try connection.send([] as [String])
            try connection.send(nil as String?)
            try connection.send(WireValue.string("a value"))
            try connection.send(WireValue.bytes([3]))
            try connection.send(WireValue.int(4))
            try connection.send(Point(x: 1, y: 2))
            try connection.send(5, event: "dropped")
            try connection.reply("six", to: Packet(source: .custom, correlationID: "dropped", event: "dropped"))
            try connection.send(Packet(source: .channel, data: [7], channel: "dropped"))
            connection.send(WebSocketMessage.binary([8]))
        }
        try await withServer(routes: { route }) { server in
            try await withRawClient(server.url) { client in
                try await client.send(.text("?"))
                let expected: [WebSocketMessage] = [
                    .text("a \"text\""), .binary([1, 2]), .text("[]"), .text("null"), .text("a value"), .binary([3]),
                    .text("4"), .text(#"{"x":1.0,"y":2.0}"#), .text("5"), .text("six"), .text("[7]"), .binary([8]),
                ]
                for message in expected { #expect(try await client.receive() == message) }
            }
        }
    }

    @Test("a value that JSON cannot represent throws and sends nothing")
    func unsendable() async throws {
        let route = WebSocketRoute("/", access: .everyone) { connection, _ in
            #expect(throws: EncodingError.self) { try connection.send([1, Double.nan]) }
            connection.send(text: "after")
        }
        try await withServer(routes: { route }) { server in
            try await withRawClient(server.url) { client in
                try await client.send(.text("?"))
                #expect(try await client.receive() == .text("after"))
            }
        }
    }
}
