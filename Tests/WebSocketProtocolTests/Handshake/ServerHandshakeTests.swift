import Bytes
import Testing
import WebSocketProtocol

@Suite("A server's handshake")
struct ServerHandshakeTests {
    @Test("answers the example of RFC 6455, section 1.3")
    func example() {
        var head = Head()
        head["Sec-WebSocket-Protocol"] = "chat, superchat"
        guard let request = head.request() else {
            Issue.record("refused")
            return
        }
        #expect(request.subprotocols == ["chat", "superchat"])
        #expect(request.origin == "http://example.com")
        var buffer = ByteBuffer()
        request.accept(subprotocol: "chat", compression: nil).write(into: &buffer)
        #expect(
            String(decoding: buffer.array, as: UTF8.self)
                == "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                + "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\nSec-WebSocket-Protocol: chat\r\n\r\n")
    }

    @Test("separates the path from the query, and decodes neither")
    func target() {
        for (target, path, query) in [
            ("/", "/", nil), ("/a%2Fb/c", "/a%2Fb/c", nil), ("/chat?x=1&y=%20?", "/chat", "x=1&y=%20?"),
            ("/?", "/", ""), ("http://server.example.com/a?b", "/a", "b"), ("WS://Server.Example.com", "/", nil),
            ("ws://server.example.com?q", "/", "q"),
        ] as [(String, String, String?)] {
            let request = Head(line: "GET \(target) HTTP/1.1").request()
            #expect(request?.path == path)
            #expect(request?.query == query)
        }
    }

    @Test("accepts a head at every split and byte by byte, and reports where the frames begin")
    func anyCut() {
        let head = Head().bytes
        let frames: [UInt8] = [0x81, 0x80, 1, 2, 3, 4]
        for split in 0..<head.count {
            var handshake = ServerHandshake(origins: .any)
            guard case .needMore = handshake.receive(Array(head[..<split])),
                case .upgrade(let request, let consumed) = handshake.receive(Array(head[split...]) + frames)
            else {
                Issue.record("split at \(split)")
                continue
            }
            #expect(consumed == head.count - split)
            #expect(request.key == "dGhlIHNhbXBsZSBub25jZQ==")
        }
        var handshake = ServerHandshake(origins: .any)
        for byte in head.dropLast() {
            guard case .needMore = handshake.receive([byte]) else {
                Issue.record("a response too early")
                return
            }
        }
        guard case .upgrade(_, consumed: 1) = handshake.receive([head[head.count - 1]]) else {
            Issue.record("no upgrade")
            return
        }
    }

    @Test("reads tokens in lists with any case and blanks")
    func tokens() {
        var head = Head()
        head["Connection"] = "keep-alive ,\tUPGRADE"
        head["Upgrade"] = "h2c, WebSocket"
        head["Sec-WebSocket-Protocol"] = " webshocket.v1 ,webshocket.v1.x,, webshocket.v1"
        head.lines.append("Sec-WebSocket-Protocol: json")
        #expect(head.request()?.subprotocols == ["webshocket.v1", "webshocket.v1.x", "json"])
    }

    @Test("never selects a subprotocol that was not offered")
    func unofferedSubprotocol() {
        var head = Head()
        head["Sec-WebSocket-Protocol"] = "webshocket.v1x"
        #expect(head.request()?.accept(subprotocol: "webshocket.v1", compression: nil).subprotocol == nil)
    }

    @Test("keeps header values that are not UTF-8 as ISO 8859-1")
    func latin1() {
        let good = Head().bytes
        let head = good[..<(good.count - 2)] + Array("X-Name: J".utf8) + [0xFC] + Array("rg\r\n\r\n".utf8)
        var handshake = ServerHandshake(origins: .any)
        guard case .upgrade(let request, _) = handshake.receive(Array(head)) else {
            Issue.record("refused")
            return
        }
        #expect(request.headers["x-name"] == "Jürg")
    }

    @Test("survives random bytes and invalid heads")
    func noise() {
        var random = Seeded(state: 11)
        let good = Head().bytes
        for run in 0..<3_000 {
            var bytes = run.isMultiple(of: 2) ? good : random.bytes(100)
            for _ in 0..<2 { bytes[Int.random(in: 0..<bytes.count, using: &random)] = random.bytes(1)[0] }
            var whole = ServerHandshake(origins: .any)
            let expected = whole.receive(bytes).outline
            var cut = ServerHandshake(origins: .any)
            let split = Int.random(in: 0...bytes.count, using: &random)
            var outline = cut.receive(Array(bytes[..<split])).outline
            if outline == "more" { outline = cut.receive(Array(bytes[split...])).outline }
            #expect(outline == expected)
        }
    }
}
