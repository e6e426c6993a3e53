import Bytes
import Testing
import WebSocketProtocol

@Suite("A client's handshake")
struct ClientHandshakeTests {
    static let key = "dGhlIHNhbXBsZSBub25jZQ=="
    static let good = [
        "HTTP/1.1 101 Switching Protocols", "Upgrade: websocket", "Connection: Upgrade",
        "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=",
    ]

    static func make(
        subprotocols: [String] = [], compression: CompressionOptions? = nil
    ) throws -> ClientHandshake {
        try ClientHandshake(
            host: "localhost:5000", target: "/chat?a=b", subprotocols: subprotocols, compression: compression, key: key)
    }

    static func outline(_ action: ClientHandshake.Action) -> String {
        switch action {
        case .needMore: "more"
        case .accepted: "accepted"
        case .failed(.refused(let status, _, let body)): "refused \(status) \(body)"
        case .failed(.malformed): "malformed"
        case .failed(.invalidRequest): "invalid"
        }
    }

    static func answer(_ lines: [String]) -> [UInt8] {
        Array((lines.joined(separator: "\r\n") + "\r\n\r\n").utf8)
    }

    @Test("writes a request that a server accepts")
    func request() throws {
        var headers = HTTPHeaders()
        try headers.add(name: "Authorization", value: "Bearer abc")
        let client = try ClientHandshake(
            host: "localhost:5000", target: "/chat?a=b", headers: headers, subprotocols: ["webshocket.v1", "x"],
            compression: CompressionOptions())
        var buffer = ByteBuffer()
        client.writeRequest(into: &buffer)
        var server = ServerHandshake()
        guard case .upgrade(let request, let consumed) = server.receive(buffer.array) else {
            Issue.record("refused")
            return
        }
        #expect(consumed == buffer.count)
        #expect(request.target == "/chat?a=b" && request.host == "localhost:5000")
        #expect(request.subprotocols == ["webshocket.v1", "x"])
        #expect(request.headers["authorization"] == "Bearer abc")

        buffer.removeAll()
        var answer = request.accept(subprotocol: "x", compression: CompressionOptions(serverWindowBits: 12))
        try answer.headers.add(name: "Set-Cookie", value: "session=1")
        answer.write(into: &buffer)
        var copy = client
        guard case .accepted(let upgrade, buffer.count) = copy.receive(buffer.array + [0x81]) else {
            Issue.record("failed")
            return
        }
        #expect(upgrade.subprotocol == "x")
        #expect(upgrade.deflate == answer.deflate && upgrade.deflate?.serverWindowBits == 12)
        #expect(upgrade.headers["set-cookie"] == "session=1")
    }

    @Test("accepts a response at every split and byte by byte")
    func anyCut() throws {
        let bytes = Self.answer(Self.good)
        for split in 0..<bytes.count {
            var client = try Self.make()
            #expect(Self.outline(client.receive(Array(bytes[..<split]))) == "more")
            guard case .accepted(_, consumed: bytes.count - split) = client.receive(Array(bytes[split...]) + [1, 2])
            else {
                Issue.record("split at \(split)")
                continue
            }
        }
    }

    @Test("uses a new key for each handshake")
    func freshKeys() throws {
        let requests = try (0..<2).map { _ in
            var buffer = ByteBuffer()
            try ClientHandshake(host: "a", target: "/").writeRequest(into: &buffer)
            return buffer.array
        }
        #expect(requests[0] != requests[1])
    }

    static let bad: [(String, [String])] = [
        ("no accept value", Array(good[..<3])),
        ("a wrong accept value", good[..<3] + ["Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOp="]),
        ("two accept values", good + [good[3]]), ("no Upgrade", [good[0], good[2], good[3]]),
        ("another Upgrade", [good[0], "Upgrade: h2c", good[2], good[3]]),
        ("no Connection", [good[0], good[1], good[3]]),
        ("Connection without upgrade", [good[0], good[1], "Connection: close", good[3]]),
        ("HTTP/1.0", ["HTTP/1.0 101 Switching Protocols"] + good[1...]),
        ("HTTP/2", ["HTTP/2.0 101 Switching Protocols"] + good[1...]), ("not HTTP", ["SSH-2.0-OpenSSH_9.2"]),
        ("a status of four digits", ["HTTP/1.1 1010 Odd"] + good[1...]),
        ("a status that is not a number", ["HTTP/1.1 1o1 Odd"] + good[1...]),
        ("a subprotocol that was not offered", good + ["Sec-WebSocket-Protocol: webshocket"]),
        ("two subprotocols", good + ["Sec-WebSocket-Protocol: a", "Sec-WebSocket-Protocol: a"]),
        ("an extension that was not offered", good + ["Sec-WebSocket-Extensions: permessage-deflate"]),
        ("a folded header", good + ["X: 1\r\n 2"]), ("a bare line feed", good + ["X: 1\n2"]),
        ("too many headers", good + [String](repeating: "X: 1", count: 98)),
        ("a header block too large", good + ["X: " + String(repeating: "a", count: 17_000)]),
        ("a first line too long", ["HTTP/1.1 101 " + String(repeating: "a", count: 8_200)] + good[1...]),
    ]

    @Test("fails on a response that violates the protocol", arguments: bad)
    func malformed(what: String, lines: [String]) throws {
        var client = try Self.make(subprotocols: ["a", "webshocket.v1"])
        #expect(Self.outline(client.receive(Self.answer(lines))) == "malformed")
        #expect(Self.outline(client.receive(Self.answer(Self.good))) == "malformed")
    }

    @Test("reports a refusal with its status, headers and the beginning of its body")
    func refused() throws {
        var server = ByteBuffer()
        Refusal.serverFull.write(into: &server, date: "Sun, 06 Nov 1994 08:49:37 GMT")
        var client = try Self.make()
        guard case .failed(.refused(let status, let headers, let body)) = client.receive(server.array) else {
            Issue.record("not refused")
            return
        }
        #expect(status == 503 && headers["retry-after"] == "5" && body == Refusal.serverFull.body)
        var long = try Self.make()
        let bytes = Self.answer(["HTTP/1.0 502 Bad Gateway"]) + [UInt8](repeating: 0x61, count: 5_000)
        #expect(Self.outline(long.receive(bytes)) == "refused 502 " + String(repeating: "a", count: 1_024))
    }

    @Test(
        "never writes a target that would inject a request",
        arguments: ["", "chat", "/a b", "/a\r\nX: 1", "/a\n", "/\u{0}", "/ü", "/a#b", "http://a/", "/\u{7F}"])
    func badTarget(target: String) {
        #expect(throws: HandshakeFailure.self) { try ClientHandshake(host: "a", target: target) }
    }

    @Test(
        "never writes a host that would inject a request",
        arguments: ["", "a b", "a\r\nX: 1", "a/b", "a:b", "me@a", "a,b", "[::1", "a:99999"])
    func badHost(host: String) {
        #expect(throws: HandshakeFailure.self) { try ClientHandshake(host: host, target: "/") }
    }

    @Test("refuses invalid subprotocols and keys, and headers that are reserved for the handshake")
    func badParts() throws {
        for subprotocols in [["a b"], [""], ["a,b"], ["a", "a"], ["a\r\n"]] {
            #expect(throws: HandshakeFailure.self) {
                try ClientHandshake(host: "a", target: "/", subprotocols: subprotocols)
            }
        }
        #expect(throws: HandshakeFailure.self) { try ClientHandshake(host: "a", target: "/", key: "short") }
        for name in ["host", "Upgrade", "connection", "sec-websocket-KEY", "Content-Length", "Transfer-Encoding"] {
            var headers = HTTPHeaders()
            try headers.add(name: name, value: "1")
            #expect(throws: HandshakeFailure.self) { try ClientHandshake(host: "a", target: "/", headers: headers) }
        }
    }
}

extension ClientHandshake {
    mutating func receive(_ bytes: [UInt8]) -> Action {
        bytes.withUnsafeBytes { received($0) }
    }
}
