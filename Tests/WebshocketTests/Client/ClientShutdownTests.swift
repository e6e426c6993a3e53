import EventLoops
import Testing
import Webshocket

@Suite("A client of a server that shuts down", .timeLimit(.minutes(5)))
struct ClientShutdownTests {
    private static func configuration() -> ClientConfiguration {
        var configuration = ClientConfiguration.quick
        configuration.codec = .json
        return configuration
    }

    /// A server that shuts down on its first connection: when it has received `expected` requests, it refuses them.
    private final class Server: Sendable {
        let first = Collected<ScriptedRequest>()
        let second = Collected<String>()
        private let connections = Locked<[ObjectIdentifier]>([])
        private let expected: Int

        init(expecting expected: Int = 1) { self.expected = expected }

        func answer(_ request: ScriptedRequest) {
            let id = ObjectIdentifier(request.connection)
            let isFirst = connections.withLock { connections in
                if !connections.contains(id) { connections.append(id) }
                return connections.first == id
            }
            guard isFirst else {
                second.append(request.method)
                if request.method == "stream" {
                    request.element("1")
                    return request.end()
                }
                return request.result("\"\(request.method)\"")
            }
            first.append(request)
            guard first.values.count == expected else { return }
            for request in first.values { request.shuttingDown(retryAfter: 0.05) }
        }

        /// Ends the first connection.
        func end() { first.values.first?.connection.close(.goingAway, reason: "Server is shutting down") }
    }

    @Test("sends refused calls on the next connection, in order, and before later calls")
    func resends() async throws {
        let server = Server(expecting: 3)
        try await withScript(Self.configuration()) {
            server.answer($0)
        } _: { client in
            var calls: [Task<String, any Error>] = []
            for (number, name) in ["a", "b", "c"].enumerated() {
                calls.append(Task { try await client.sendRPC(name) })
                await server.first.wait(count: number + 1)
            }
            // The responses to the hello and to the calls.
            try await until { client.statistics.messagesReceived >= 4 }
            calls.append(Task { try await client.sendRPC("d") })
            try await until { client.statistics.messagesQueued >= 1 }
            let stream = Task { () throws -> [Int] in
                var elements: [Int] = []
                for try await element in client.streamRPC("stream", as: Int.self) { elements.append(element) }
                return elements
            }
            try await until { client.statistics.messagesQueued >= 2 }
            server.end()
            var answers: [String] = []
            for call in calls { answers.append(try await call.value) }
            #expect(answers == ["a", "b", "c", "d"])
            #expect(try await stream.value == [1])
        }
        #expect(server.first.values.map(\.method) == ["a", "b", "c"])
        #expect(server.second.values == ["a", "b", "c", "d", "stream"])
    }

    @Test("ends its streams with the server's error code and retry advice")
    func streams() async throws {
        try await withScript(Self.configuration()) { request in
            guard request.method == "stream" else { return }
            request.element("1")
            request.shuttingDown(retryAfter: 1.5, isStream: true)
        } _: { client in
            var elements: [Int] = []
            var failure: RPCError?
            do {
                for try await element in client.streamRPC("stream", as: Int.self) { elements.append(element) }
            } catch let error as RPCError {
                failure = error
            }
            #expect(elements == [1])
            #expect(failure?.code == .shuttingDown && failure?.retryAfter == .seconds(1.5))
        }
    }

    @Test(
        "fails calls that it does not keep as not sent, with the server's retry advice",
        arguments: [(true, false), (false, true)])
    func notKept(isQueueOff: Bool, staysAway: Bool) async throws {
        var configuration = Self.configuration()
        if isQueueOff { configuration.offlineQueue = .disabled }
        if staysAway { configuration.reconnect = .never }
        let requests = Collected<String>()
        try await withScript(configuration) { request in
            requests.append(request.method)
            request.shuttingDown(retryAfter: 2.5)
        } _: { client in
            for _ in 0..<2 {
                let error = await #expect(throws: ClientError.self) { try await client.sendRPC("m") }
                #expect(error?.code.description == "shuttingDown" && error?.delivery == .notSent)
                #expect(error?.retryAfter == .seconds(2.5))
            }
            let error = await #expect(throws: ClientError.self) { try await client.notify("n") }
            #expect(error?.code.description == "shuttingDown" && error?.delivery == .notSent)
        }
        #expect(requests.values == ["m"])
    }

    @Test("neither sends nor aborts a kept call that is cancelled")
    func cancelled() async throws {
        let server = Server()
        try await withScript(Self.configuration()) {
            server.answer($0)
        } _: { client in
            let call = Task { try await client.sendRPC("cancelled") }
            await server.first.wait(count: 1)
            try await until { client.statistics.messagesReceived >= 2 }
            call.cancel()
            await #expect(throws: CancellationError.self) { try await call.value }
            let timed = await #expect(throws: ClientError.self) {
                try await client.sendRPC("timed", timeout: .milliseconds(1))
            }
            #expect(timed?.code == .timedOut && timed?.delivery == .notSent)
            let last = Task { () throws -> String in try await client.sendRPC("last") }
            try await until { client.statistics.messagesQueued >= 1 }
            server.end()
            let answer = try await last.value
            #expect(answer == "last")
        }
        #expect(server.first.values.map(\.method) == ["cancelled"] && server.second.values == ["last"])
    }

    @Test("holds messages other than calls from the shutdown announcement on")
    func notifications() async throws {
        let server = Server(expecting: 2)
        try await withScript(Self.configuration()) { request in
            // The announcement has no call_id.
            if request.method == "first" { ScriptedRequest(connection: request.connection, rpc: [:]).shuttingDown() }
            server.answer(request)
        } _: { client in
            try await client.notify("first")
            // The response to the hello, and the announcement.
            try await until { client.statistics.messagesReceived >= 2 }
            let second = Task { try await client.notify("second") }
            try await until { client.statistics.messagesQueued >= 1 }
            server.end()
            try await second.value
            await server.second.wait(count: 1)
        }
        #expect(server.first.values.map(\.method) == ["first"] && server.second.values == ["second"])
    }

    @Test("closes the connection itself if the server does not, after the calls in flight have ended")
    func farewell() async throws {
        let server = Server()
        var configuration = Self.configuration()
        configuration.farewellTimeout = .milliseconds(1)
        try await withScript(configuration) {
            server.answer($0)
        } _: { client in
            let answer: String = try await client.sendRPC("a")
            #expect(answer == "a" && client.statistics.connections == 2)
        }
    }

    @Test("sends a call once on each connection, regardless of the number of refusals")
    func patience() async throws {
        let requests = Collected<ObjectIdentifier>()
        try await withScript(Self.configuration()) { request in
            requests.append(ObjectIdentifier(request.connection))
            guard requests.values.count < 8 else { return request.result("7") }
            request.shuttingDown(retryAfter: 0)
            request.connection.close(.goingAway, reason: "")
        } _: { client in
            // More often than the repetition limit of calls that may have run. This call did not run.
            let answer: Int = try await client.sendRPC("m")
            #expect(answer == 7 && client.statistics.connections == 8)
        }
        #expect(requests.values.count == 8)
    }
}
