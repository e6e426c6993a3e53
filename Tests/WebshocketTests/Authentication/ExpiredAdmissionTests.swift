import Bytes
import EventLoops
import Testing
import Webshocket

@Suite("An expired admission", .timeLimit(.minutes(5)))
struct ExpiredAdmissionTests {
    static let close = [UInt8]([0x13, 0x27]) + "Authentication expired".utf8

    static func upgrade(_ path: String, _ codec: PacketCodec) -> [UInt8] {
        let head = RawFrame.upgrade.replacing("GET / ", with: "GET \(path) ").dropLast()
        let offer = codec == .messagePack ? "Sec-WebSocket-Protocol: webshocket.v1\r\n" : ""
        return Array((head + offer + "\r\n").utf8)
    }

    static func frame(_ packet: Packet, _ codec: PacketCodec) throws -> [UInt8] {
        var buffer = ByteBuffer()
        try codec.write(packet, into: &buffer)
        return RawFrame.masked(codec == .json ? 1 : 2, buffer.array)
    }

    static func call(
        _ method: String, _ arguments: WireValue..., id: String? = "a", as codec: PacketCodec
    ) throws -> [UInt8] {
        let request = RPCRequest(method: method, arguments: arguments, callID: id)
        return try frame(Packet(source: .rpc, rpc: .request(request)), codec)
    }

    /// Sends bytes in a single write, and returns all bytes that the server sends after the head of its response.
    static func answer(
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
        arguments: [Duration.zero, .seconds(-5)], [PacketCodec.messagePack, .json])
    func calls(lifetime: Duration, codec: PacketCodec) async throws {
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

    @Test("by a token is refused with -32002", arguments: [PacketCodec.messagePack, .json])
    func token(codec: PacketCodec) async throws {
        try await withServer(ExpiringHandler(lifetime: .zero)) { server in
            try await PacketPeer.connected(to: server, codec) { peer in
                try await peer.expect(error: .accessDenied, from: "__authenticate__", "brief")
                try await peer.expectClose(.authenticationExpired, "Authentication expired")
            }
        }
    }

    @Test("accepts no packets, publications, subscriptions or methods of the protocol", arguments: [false, true])
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

    @Test("accepts no raw messages")
    func rawMessages() async throws {
        let runs = Collected<String>()
        let authentication = Authentication { _ in .admit(expiresAfter: .zero) }
        try await withServer(routes: {
            WebSocketRoute("/", access: .authenticated(by: authentication)) { _, _ in
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
}
