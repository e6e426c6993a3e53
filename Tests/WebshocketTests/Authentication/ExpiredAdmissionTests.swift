import Bytes
import EventLoops
import Testing
import Webshocket

@Suite("An expired admission", .timeLimit(.minutes(1)))
struct ExpiredAdmissionTests {
    private static let close = [UInt8]([0x03, 0xF0]) + "Authentication expired".utf8

    private static func upgrade(_ path: String, _ codec: Codec) -> [UInt8] {
        let head = RawFrame.upgrade.replacing("GET / ", with: "GET \(path) ").dropLast()
        let offer = codec == .messagePack ? "Sec-WebSocket-Protocol: webshocket.v1\r\n" : ""
        return Array((head + offer + "\r\n").utf8)
    }

    private static func frame(_ packet: Packet, _ codec: Codec) throws -> [UInt8] {
        var buffer = ByteBuffer()
        try codec.write(packet, into: &buffer)
        return RawFrame.masked(codec == .json ? 1 : 2, buffer.array)
    }

    private static func call(
        _ method: String, _ arguments: Value..., id: String? = "a", as codec: Codec
    ) throws -> [UInt8] {
        let request = RPCRequest(method: method, arguments: arguments, callID: id)
        return try frame(Packet(source: .rpc, rpc: .request(request)), codec)
    }

    /// Everything of the server's answer after the head, of a peer that says all it has to say in one go.
    private static func answer(
        to bytes: [UInt8], of server: WebSocketServer
    ) async throws -> ArraySlice<UInt8> {
        let peer = try await RawPeer(port: server.port)
        defer { peer.close() }
        peer.send(bytes)
        let answer = await peer.received { $0.firstRange(of: close) != nil }
        let head = answer.firstRange(of: Array("\r\n\r\n".utf8))?.upperBound ?? answer.startIndex
        return answer[head...]
    }

    @Test(
        "runs none of 3,000 pipelined calls",
        arguments: [Duration.zero, .seconds(-5)], [Codec.messagePack, .json])
    func calls(lifetime: Duration, codec: Codec) async throws {
        for isToken in [false, true] {
            let handler = ExpiringHandler(lifetime: lifetime)
            try await withServer(handler) { server in
                var bytes = Self.upgrade(isToken ? "/" : "/?as=brief", codec)
                if isToken { bytes += try Self.call("__authenticate__", "brief", as: codec) }
                let call = try Self.call("count", as: codec)
                for _ in 0..<3_000 { bytes += call }
                let answer = try await Self.answer(to: bytes, of: server)
                #expect(answer.suffix(Self.close.count).elementsEqual(Self.close))
                #expect(server.hub.users.isEmpty)
            }
            #expect(handler.runs.values == [])
        }
    }

    @Test("is refused as a token with -32002", arguments: [Codec.messagePack, .json])
    func token(codec: Codec) async throws {
        try await withServer(ExpiringHandler(lifetime: .zero)) { server in
            try await PacketPeer.connected(to: server, codec) { peer in
                try await peer.expect(error: .accessDenied, from: "__authenticate__", "brief")
                try await peer.expectClose(.policyViolation, "Authentication expired")
            }
        }
    }

    @Test("takes no packets, publications, subscriptions or methods of the framework", arguments: [false, true])
    func everything(isToken: Bool) async throws {
        let handler = ExpiringHandler(lifetime: .zero)
        try await withServer(handler) { server in
            var bytes = Self.upgrade(isToken ? "/" : "/?as=brief", .json)
            if isToken { bytes += try Self.call("__authenticate__", "brief", as: .json) }
            bytes += try Self.frame(Packet(source: .custom, data: 1, event: "typing"), .json)
            bytes += try Self.frame(Packet(source: .custom, data: 1), .json)
            bytes += try Self.frame(Packet(source: .channel, data: 1, channel: "news"), .json)
            bytes += RawFrame.text("no packet")
            for method in ["__subscribe__", "__join__"] { bytes += try Self.call(method, "news", as: .json) }
            bytes += try Self.call("__publish__", "news", 1, nil, as: .json)
            bytes += try Self.call("__ping__", as: .json) + Self.call("__authenticate__", "slow", as: .json)
            bytes += try Self.call("elements", as: .json)
            let answer = try await Self.answer(to: bytes, of: server)
            #expect(answer.firstRange(of: Array(#""error":null"#.utf8)) == nil)
            #expect(server.hub.statistics.published == 0)
        }
        #expect(handler.runs.values == [] && !handler.isHolding.isOpen)
    }

    @Test("takes no raw messages")
    func rawMessages() async throws {
        let runs = Collected<String>()
        let authentication = Authentication { _ in .admit(expiresAfter: .zero) }
        try await withServer(routes: {
            Route("/", access: .authenticated(by: authentication)) { _, _ in
                runs.append("message")
            } onConnect: { _ in
                runs.append("onConnect")
            } onDisconnect: { _, _ in
                runs.append("onDisconnect")
            }
        }) { server in
            let messages = (0..<100).flatMap { RawFrame.text("\($0)") }
            let answer = try await Self.answer(to: Self.upgrade("/", .json) + messages, of: server)
            #expect(answer.elementsEqual([0x88, UInt8(Self.close.count)] + Self.close))
        }
        #expect(runs.values == [])
    }

    @Test("runs nothing of what was read before it expired, although no timer has fired")
    func pipelined() async throws {
        let handler = ExpiringHandler(lifetime: ExpiringHandler.short)
        try await withServer(handler) { server in
            var bytes = Self.upgrade("/?as=ann", .json) + (try Self.call("outlast", as: .json))
            for _ in 0..<10 { bytes += try Self.call("count", as: .json) }
            _ = try await Self.answer(to: bytes, of: server)
        }
        #expect(!handler.runs.values.contains("count"))
    }

    @Test("does not begin a call that has waited for room in flight")
    func heldCall() async throws {
        let handler = ExpiringHandler(lifetime: .seconds(600))
        var configuration = ServerConfiguration.quiet
        configuration.limits.callsInFlight = 1
        try await withServer(handler, configuration) { server in
            let bytes =
                try Self.upgrade("/?as=ann", .json) + Self.call("__authenticate__", "short", as: .json)
                + Self.call("outlastLater", as: .json) + Self.call("count", as: .json)
            _ = try await Self.answer(to: bytes, of: server)
        }
        #expect(!handler.runs.values.contains("count"))
    }

    @Test("gets no further element of a stream")
    func stream() async throws {
        let handler = ExpiringHandler(lifetime: .seconds(600))
        let answers = try await Self.answersBeforeTheEnd(of: handler, "elements", thenTokens: "short", "outlast")
        #expect(answers == ["short"])
    }

    @Test("is delivered nothing")
    func deliveries() async throws {
        let handler = ExpiringHandler(lifetime: .seconds(600))
        let answers = try await Self.answersBeforeTheEnd(of: handler, "hold", thenTokens: "short", "outlast")
        #expect(answers == ["short"])
    }

    @Test("is not revived by a token that is judged after it expired")
    func lateRenewal() async throws {
        let handler = ExpiringHandler(lifetime: .seconds(600))
        try await withServer(handler) { server in
            let bytes =
                try Self.upgrade("/?as=ann", .json) + Self.call("__authenticate__", "short", as: .json)
                + Self.call("__authenticate__", "slow", id: "slow", as: .json) + Self.call("outlast", as: .json)
                + Self.call("hold", id: "hold", as: .json)
            let answer = try await Self.answer(to: bytes, of: server)
            #expect(answer.firstRange(of: Array(#""call_id":"slow","response":true"#.utf8)) == nil)
            #expect(answer.suffix(Self.close.count).elementsEqual(Self.close))
        }
    }

    @Test("of a later token ends the connection", arguments: [Duration.zero, .seconds(-1)])
    func renewal(lifetime: Duration) async throws {
        let handler = ExpiringHandler(lifetime: lifetime)
        try await withServer(handler) { server in
            let bytes =
                try Self.upgrade("/", .json) + Self.call("__authenticate__", "short", as: .json)
                + Self.call("__authenticate__", "ann", id: "zero", as: .json) + Self.call("count", as: .json)
            let answer = try await Self.answer(to: bytes, of: server)
            #expect(answer.firstRange(of: Array(#""call_id":"zero","response":true"#.utf8)) == nil)
        }
        #expect(!handler.runs.values.contains("count"))
    }

    /// Calls a method on a connection that expires while its loop is kept from running its timers.
    /// - Parameters:
    ///   - method: called before, and waits until the admission has expired.
    ///   - tokens: sent in one go, the last one without wanting an answer.
    /// - Returns: the ids, or else the data, of all packets that came before the close frame.
    private static func answersBeforeTheEnd(
        of handler: ExpiringHandler, _ method: String, thenTokens tokens: String...
    ) async throws -> [String] {
        var answers: [String] = []
        try await withServer(handler) { server in
            try await PacketPeer.connected(to: server, path: "/?as=ann", .json) { peer in
                try await peer.expect(true, from: "__subscribe__", "news")
                try peer.call(method, [], id: method)
                await handler.isHolding.wait()
                peer.send(tokens: tokens)
                while let packet = try? await peer.packet() {
                    switch packet.rpc {
                    case .response(let response): answers.append(response.callID)
                    case .request, nil: answers.append("\(packet.data ?? .null)")
                    }
                }
            }
        }
        return answers
    }
}

extension PacketPeer {
    /// Sends tokens in one write, the last one as a notification.
    fileprivate func send(tokens: [String]) {
        let frames = tokens.map { token in
            let end = token == tokens.last ? #""notify":true"# : #""call_id":"\#(token)""#
            return RawFrame.text(
                #"{"source":5,"rpc":{"type":"request","method":"__authenticate__","args":["\#(token)"],\#(end)}}"#)
        }
        send(bytes: frames.flatMap { $0 })
    }
}
