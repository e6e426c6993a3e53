import EventLoops
import Testing
import Webshocket

@Suite("A client's token", .timeLimit(.minutes(5)))
struct ClientTokenTests {
    /// Returns one token after the other, then the last one repeatedly, and records the returned tokens.
    private final class Tokens: Sendable {
        private let left: Locked<[String]>
        let asked = Collected<String>()

        init(_ tokens: String...) { left = Locked(tokens) }

        func next() -> String {
            let token = left.withLock { $0.count > 1 ? $0.removeFirst() : $0.first ?? "" }
            asked.append(token)
            return token
        }
    }

    private static func configuration(_ tokens: Tokens?) -> ClientConfiguration {
        var configuration = ClientConfiguration.quick
        if let tokens { configuration.token = { tokens.next() } }
        return configuration
    }

    @Test("is requested from the application and sent first on each connection")
    func first() async throws {
        let doorman = Doorman()
        let tokens = Tokens("ann", "bob")
        let prepared = Collected<String>()
        try await withServer(doorman) { server in
            var configuration = Self.configuration(tokens)
            configuration.prepare = { client in
                let attributes: [String: WireValue] = try await client.sendRPC("attributes")
                prepared.append(attributes["userID"]?.asString ?? "-")
            }
            let client = WebSocketClient(server.url, configuration: configuration)
            let restored = Gate()
            let watching = client.observe { if case .restored = $0 { restored.open() } }
            try await client.connect()
            try await client.subscribe(to: "news")
            try await client.notify("end")
            await restored.wait()
            try await client.expect(["bob"], from: "users")
            watching.cancel()
            await client.close()
        }
        #expect(tokens.asked.values == ["ann", "bob"] && prepared.values == ["ann", "bob"])
    }

    @Test(
        "that is refused is retried once, with a new token",
        arguments: [(["", "ann"], 2, true), (["", "", "ann"], 2, false), (["locked", "ann"], 2, true)])
    func refused(given: [String], tries: Int, isAdmitted: Bool) async throws {
        let doorman = Doorman()
        try await withServer(doorman) { server in
            let left = Locked(given[...])
            var configuration = ClientConfiguration.quick
            configuration.token = { left.withLock { $0.popFirst() } ?? "ann" }
            let client = WebSocketClient(server.url, configuration: configuration)
            do {
                try await client.connect(retry: configuration.reconnect)
                #expect(isAdmitted)
            } catch let error as RPCError {
                #expect(!isAdmitted && error.code == .accessDenied)
            }
            await client.close()
        }
        #expect(doorman.events.values.count { $0.hasPrefix("token") } == tries)
    }

    @Test("that is refused is retried once for each call of connect")
    func refusedAgain() async throws {
        let tokens = Tokens("", "", "", "ann")
        try await withServer(Doorman()) { server in
            let configuration = Self.configuration(tokens)
            let client = WebSocketClient(server.url, configuration: configuration)
            await #expect(throws: RPCError.self) { try await client.connect(retry: configuration.reconnect) }
            try await client.connect(retry: configuration.reconnect)
            await client.close()
        }
        #expect(tokens.asked.values == ["", "", "", "ann"])
    }

    @Test("that is refused ends a connect without retry after one attempt")
    func refusedWithoutRetry() async throws {
        let doorman = Doorman()
        let tokens = Tokens("", "ann")
        try await withServer(doorman) { server in
            let client = WebSocketClient(server.url, configuration: Self.configuration(tokens))
            let error = await #expect(throws: RPCError.self) { try await client.connect() }
            #expect(error?.code == .accessDenied)
            await client.close()
        }
        #expect(tokens.asked.values == [""])
    }

    @Test(
        "in headers is retried once after 401 if the headers come from a closure",
        arguments: [("401", true, 2), ("401", false, 1), ("403", true, 1)])
    func headers(name: String, areFresh: Bool, tries: Int) async throws {
        try await withServer(Doorman()) { server in
            let asked = Collected<Int>()
            var configuration = ClientConfiguration.quick
            if areFresh {
                configuration.credentials = {
                    asked.append(0)
                    return HTTPHeaders()
                }
            }
            let client = WebSocketClient(server.url(path: "/?as=\(name)"), configuration: configuration)
            let error = await #expect(throws: ClientError.self) {
                try await client.connect(retry: configuration.reconnect)
            }
            #expect(error?.code == .upgradeRefused && error?.httpStatus == Int(name))
            #expect(client.statistics.attempts == tries && asked.values.count == (areFresh ? tries : 0))
        }
    }

    @Test("is renewed before it expires; without a token the connection closes", arguments: [true, false])
    func expires(hasToken: Bool) async throws {
        try await withServer(Doorman()) { server in
            let tokens = hasToken ? Tokens("brief", "ann") : nil
            let client = WebSocketClient(
                server.url(path: hasToken ? "" : "/?as=brief"), configuration: Self.configuration(tokens))
            let (closed, renewed) = (Gate(), Gate())
            let connections = Collected<Int>()
            let watching = client.observe { event in
                switch event {
                case .open:
                    connections.append(0)
                    if connections.values.count == 2 { renewed.open() }
                case .renewed: renewed.open()
                case .closed(let error as ClientError):
                    #expect(error.closure?.code == .authenticationExpired)
                    closed.open()
                default: break
                }
            }
            try await client.connect()
            if hasToken {
                await renewed.wait()
                try await client.expect("Sensitive Data", from: "secret")
                await client.close()
            } else {
                await closed.wait()
            }
            watching.cancel()
            #expect(connections.values.count == 1 || hasToken)
        }
    }

    @Test("is sent without effect to a server that does not accept tokens")
    func unasked() async throws {
        try await withServer(SampleHandler()) { server in
            let client = WebSocketClient(server.url, configuration: Self.configuration(Tokens("ann")))
            try await client.connect()
            try await client.expect(30, from: "add", 10, 20)
            await #expect(throws: RPCError.self) { try await client.authenticate("bob") }
            await client.close()
        }
    }

    @Test("can be replaced on an open connection", arguments: PacketCodec.codecs)
    func another(codec: PacketCodec) async throws {
        try await withServer(Doorman()) { server in
            var configuration = Self.configuration(Tokens("ann"))
            configuration.codec = codec
            let client = WebSocketClient(server.url, configuration: configuration)
            try await client.connect()
            try await client.authenticate("bob")
            try await client.expect(["bob"], from: "users")
            let error = await #expect(throws: RPCError.self) { try await client.authenticate("words") }
            #expect(error?.code == .accessDenied && error?.message == "No such token.")
            try await client.expect(["bob"], from: "users")
            await client.close()
        }
    }

    @Test("fails the attempt to connect if it is not available, or not in time")
    func none() async throws {
        struct Lost: Error {}
        try await withServer(Doorman()) { server in
            var configuration = ClientConfiguration()
            configuration.reconnect = .never
            configuration.token = { throw Lost() }
            let lost = WebSocketClient(once: server.url, configuration: configuration)
            await #expect(throws: Lost.self) { try await lost.connect() }
            configuration.connectTimeout = .milliseconds(200)
            configuration.token = {
                try await Task.sleep(for: .seconds(600))
                return "ann"
            }
            let slow = WebSocketClient(once: server.url, configuration: configuration)
            let error = await #expect(throws: ClientError.self) { try await slow.connect() }
            #expect(error?.code == .timedOut)
            configuration.isRaw = true
            let raw = WebSocketClient(once: server.url, configuration: configuration)
            let flaw = await #expect(throws: ClientError.self) { try await raw.connect() }
            #expect(flaw?.code == .invalidConfiguration)
        }
    }

    @Test(
        "is retried only if another attempt could succeed",
        arguments: [
            (FreshCredentials.Refusal?.none, true, true, [false, false]),
            (.token, false, true, [true, false, false]), (.token, true, false, [false]),
            (.headers, true, false, [true, false, false]), (.headers, false, true, [false]),
            (.time, false, true, [true, true, true]), (.time, true, false, [true, true]),
            (.time, false, false, [false]),
        ])
    func outlook(refusal: FreshCredentials.Refusal?, headers: Bool, token: Bool, mayHeal: [Bool]) {
        var credentials = FreshCredentials(headers: headers, token: token)
        let outlooks = mayHeal.map { _ in credentials.outlook(after: refusal, .hopeless) }
        #expect(outlooks == mayHeal.map { $0 ? .mayHeal : .hopeless })
        credentials.reset()
        let next = credentials.outlook(after: refusal, .hopeless)
        #expect((next == .mayHeal) == mayHeal[0])
    }

    @Test("does not override a server's advice on reconnection")
    func advice() {
        #expect(ConnectionClosure(.authenticationExpired, reason: "Authentication expired").refusal == .time)
        for advice in ["never", "2"] {
            let reason = "Authentication expired; retry-after=\(advice)"
            #expect(ConnectionClosure(.authenticationExpired, reason: reason).refusal == nil)
        }
        #expect(ConnectionClosure(.policyViolation, reason: "Authentication expired").refusal == nil)
    }
}
