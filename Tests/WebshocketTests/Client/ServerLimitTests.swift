import EventLoops
import Testing
import Webshocket

/// Requests that exceed the server's limits are refused before they are sent.
@Suite("A client with its server's limits", .timeLimit(.minutes(5)))
struct ServerLimitTests {
    private static let limits = ScriptedHello.result(
        #"{"limits":{"message_size":2000,"depth":7,"elements":30,"call_id":256}}"#)

    private static func configuration() -> ClientConfiguration {
        var configuration = ClientConfiguration.quick
        configuration.codec = .json
        return configuration
    }

    /// Whether a call with the argument is sent; nil if it fails for a reason other than a limit.
    private static func isSent(_ argument: WireValue, _ client: WebSocketClient) async -> Bool? {
        do {
            try await client.sendRPC("m", arguments: [argument])
            return true
        } catch let error as ClientError {
            return error.code.description == "requestTooLarge" && error.delivery == .notSent ? false : nil
        } catch {
            return nil
        }
    }

    @Test("sends a message of exactly the maximum size, and refuses one that is a byte longer")
    func size() async throws {
        let sizes = Collected<Int>()
        try await withScript(Self.configuration(), hello: Self.limits) { request in
            sizes.append(request.size)
            request.result("1")
        } _: { client in
            #expect(await Self.isSent("", client) == true)
            let room = 2_000 - (sizes.values.first ?? 0)
            #expect(await Self.isSent(.string(String(repeating: "x", count: room)), client) == true)
            #expect(sizes.values.last == 2_000)
            #expect(await Self.isSent(.string(String(repeating: "x", count: room + 1)), client) == false)
            #expect(sizes.values.count == 2)
        }
    }

    @Test("sends a packet of exactly the maximum depth, and refuses a deeper one")
    func depth() async throws {
        try await withScript(Self.configuration(), hello: Self.limits) {
            $0.result("1")
        } _: { client in
            // The packet, its `rpc` and the arguments are three levels.
            func nested(_ levels: Int) -> WireValue { levels == 0 ? 1 : .array([nested(levels - 1)]) }
            #expect(await Self.isSent(nested(4), client) == true)
            #expect(await Self.isSent(nested(5), client) == false)
            // Brackets in a text do not count as levels.
            #expect(await Self.isSent("[[[[[[[[[[{{{{{{{{{{", client) == true)
        }
    }

    @Test("sends a packet with exactly the maximum number of elements, and refuses one with more")
    func elements() async throws {
        let limits = PacketLimits(maxElements: 30)
        let sent = Collected<WireValue>()
        try await withScript(Self.configuration(), hello: Self.limits) { request in
            sent.append(request.rpc)
            request.result("1")
        } _: { client in
            var last = 0
            for count in 0..<30 {
                guard await Self.isSent(.array(Array(repeating: 0, count: count)), client) == true else { break }
                last = count
            }
            #expect(await Self.isSent(.array(Array(repeating: 0, count: last + 1)), client) == false)
            // The server's own parser accepts the last packet that was sent, but not one with another element.
            for (count, isAccepted) in [(last, true), (last + 1, false)] {
                guard case .map(var rpc)? = sent.values.last else { return #expect(Bool(false)) }
                rpc["args"] = [.array(Array(repeating: 0, count: count))]
                let bytes = try Array(WireValue.map(["source": 5, "rpc": .map(rpc)]).json().utf8)
                let parsed = Result {
                    try bytes.withUnsafeBytes { try PacketParser(limits: limits).read($0, as: .json) { _ in } }
                }
                #expect(((try? parsed.get()) != nil) == isAccepted)
            }
        }
    }

    @Test("refuses every kind of message that is too large, and keeps the connection")
    func kinds() async throws {
        let large = String(repeating: "x", count: 2_001)
        let sent = Collected<String>()
        try await withScript(Self.configuration(), hello: Self.limits) { request in
            sent.append(request.method)
            request.result("7")
        } _: { client in
            let ways: [@Sendable () async throws -> Void] = [
                { try await client.sendRPC("m", large) },
                { for try await _ in client.streamRPC("m", large, as: Int.self) {} },
                { try await client.notify("m", large) },
                { try await client.send(large) },
                { try await client.send(large, event: "e") },
                { try await client.send(Packet(source: .custom, data: .string(large))) },
                { try await client.send(.text(large)) },
                { try await client.publish(large, to: "news") },
                { try await client.subscribe(to: large) },
                { try await client.authenticate(large) },
            ]
            for (number, way) in ways.enumerated() {
                let error = await #expect(throws: ClientError.self, "\(number)") { try await way() }
                #expect(error?.code.description == "requestTooLarge" && error?.delivery == .notSent, "\(number)")
            }
            let answer: Int = try await client.sendRPC("small")
            #expect(answer == 7 && client.statistics.connections == 1)
        }
        #expect(sent.values == ["small"])
    }

    @Test("checks queued messages against the limits of the connection that sends them")
    func queued() async throws {
        let hellos = Collected<ScriptedRequest>()
        try await withScriptedServer(hello: .script) { request in
            switch request.method {
            case "__hello__" where hellos.values.isEmpty:
                hellos.append(request)
                request.result(#"{"limits":{"message_size":100000}}"#)
            case "__hello__": hellos.append(request)
            case "end": request.connection.close(4_000, reason: "again")
            default: request.result("7")
            }
        } _: { url in
            let client = WebSocketClient(url, configuration: Self.configuration())
            try await client.connect()
            let large = String(repeating: "x", count: 2_000)
            let before: Int = try await client.sendRPC("m", large)
            #expect(before == 7)
            try await client.notify("end")
            await hellos.wait(count: 2)
            let calls = [large, "small"].map { text in
                Task { () throws -> Int in try await client.sendRPC("m", text) }
            }
            try await until { client.statistics.messagesQueued >= 2 }
            hellos.values.last?.result(#"{"limits":{"message_size":2000}}"#)
            let error = await #expect(throws: ClientError.self) { _ = try await calls[0].value }
            #expect(error?.code.description == "requestTooLarge" && error?.delivery == .notSent)
            #expect(try await calls[1].value == 7)
            await client.close()
        }
    }
}
