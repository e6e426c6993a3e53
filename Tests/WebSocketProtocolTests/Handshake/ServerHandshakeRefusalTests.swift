import Bytes
import Testing
import WebSocketProtocol

@Suite("A server's handshake with an invalid request")
struct ServerHandshakeRefusalTests {
    struct Case: CustomTestStringConvertible, Sendable {
        let testDescription: String
        let bytes: [UInt8]
        let status: Int

        init(_ what: String, _ status: Int, _ bytes: [UInt8]) {
            testDescription = what
            self.bytes = bytes
            self.status = status
        }

        /// A valid head with a header that is replaced, or removed if the value is nil.
        init(_ what: String, _ status: Int, _ name: String, _ value: String?) {
            var head = Head()
            head[name] = value
            self.init(what, status, head.bytes)
        }

        /// A valid head with an additional line.
        init(_ what: String, _ status: Int, adding line: String) {
            var head = Head()
            head.lines.append(line)
            self.init(what, status, head.bytes)
        }

        init(_ what: String, _ status: Int, line: String) {
            self.init(what, status, Head(line: line).bytes)
        }
    }

    static let lines = [
        Case("OPTIONS of the server", 405, line: "OPTIONS * HTTP/1.1"),
        Case("CONNECT", 405, line: "CONNECT example.org:443 HTTP/1.1"),
        Case("HTTP/1.0", 505, line: "GET /chat HTTP/1.0"), Case("HTTP/1.2", 505, line: "GET /chat HTTP/1.2"),
        Case("the HTTP/2 preface", 505, Array("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".utf8)),
        Case("a TLS hello", 400, [0x16, 0x03, 0x01, 0x02, 0x00, 0x01, 0x00, 0x01, 0xFC, 0x03, 0x03]),
        Case("HTTP/0.9", 400, line: "GET /chat"), Case("two spaces", 400, line: "GET  /chat HTTP/1.1"),
        Case("a space in the target", 400, line: "GET /a b HTTP/1.1"),
        Case("a tab instead of a space", 400, line: "GET\t/chat HTTP/1.1"),
        Case("a trailing space", 400, line: "GET /chat HTTP/1.1 "),
        Case("a version in lower case", 400, line: "GET /chat http/1.1"),
        Case("a target without a slash", 400, line: "GET chat HTTP/1.1"),
        Case("an asterisk for a target", 400, line: "GET * HTTP/1.1"),
        Case("a fragment in the target", 400, line: "GET /chat#a HTTP/1.1"),
        Case("a target that is not ASCII", 400, line: "GET /grüße HTTP/1.1"),
        Case("ESC in the target", 400, line: "GET /\u{1B}[31m HTTP/1.1"),
        Case("an absolute target of another host", 400, line: "GET http://example.org/ HTTP/1.1"),
        Case("an absolute target of another scheme", 400, line: "GET file://server.example.com/ HTTP/1.1"),
        Case("an empty first line", 400, Array("\r\n".utf8) + Head().bytes),
        Case("a method that is not a token", 400, line: "G(T /chat HTTP/1.1"),
    ]

    static let framing = [
        Case("a body", 400, adding: "Content-Length: 5"), Case("a bad length", 400, adding: "Content-Length: abc"),
        Case("a signed length", 400, adding: "Content-Length: +0"),
        Case(
            "two lengths", 400,
            Array("GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\nContent-Length: 0\r\n\r\n".utf8)),
        Case("a transfer encoding", 400, adding: "Transfer-Encoding: chunked"),
        Case("an obfuscated transfer encoding", 400, adding: "Transfer-Encoding : chunked"),
        Case("another transfer encoding", 400, adding: "transfer-encoding: identity"),
        Case(
            "a length with a transfer encoding", 400,
            Array("GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\nTransfer-Encoding: chunked\r\n\r\n".utf8)),
        Case("a folded header", 400, adding: "X-A: 1\r\n more"),
        Case("a folded header with a tab", 400, adding: "X-A: 1\r\n\tmore"),
        Case("a space before the colon", 400, adding: "X-A : 1"), Case("a header without a colon", 400, adding: "X-A"),
        Case("a header without a name", 400, adding: ": 1"), Case("a name that is not a token", 400, adding: "X(A): 1"),
        Case("a bare return in a value", 400, adding: "X-A: 1\r2"),
        Case("a bare return before a line end", 400, adding: "X-A: 1\r"),
        Case("bare line feeds", 400, Head().bytes.filter { $0 != 0x0D }),
        Case("a bare line feed in a value", 400, adding: "X-A: 1\nX-B: 2"),
        Case("NUL in a value", 400, adding: "X-A: 1\u{0}2"), Case("ESC in a value", 400, adding: "X-A: \u{1B}[0m"),
        Case("DEL in a value", 400, adding: "X-A: \u{7F}"), Case("NUL in a name", 400, adding: "X\u{0}A: 1"),
    ]

    static let headers = [
        Case("no Host", 400, "Host", nil), Case("an empty Host", 400, "Host", ""),
        Case("two Hosts", 400, adding: "host: server.example.com"),
        Case("a list of Hosts", 400, "Host", "a.example, b.example"),
        Case("a user in Host", 400, "Host", "me@example.com"),
        Case("a path in Host", 400, "Host", "example.com/a"), Case("a port too high", 400, "Host", "example.com:65536"),
        Case("a port that is not a number", 400, "Host", "example.com:http"),
        Case("no key", 400, "Sec-WebSocket-Key", nil), Case("an empty key", 400, "Sec-WebSocket-Key", ""),
        Case("two keys", 400, adding: "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=="),
        Case("a key of 15 bytes", 400, "Sec-WebSocket-Key", "AAAAAAAAAAAAAAAAAAAA"),
        Case("a key of 17 bytes", 400, "Sec-WebSocket-Key", "AAAAAAAAAAAAAAAAAAAAAAA="),
        Case("a key that is not base64", 400, "Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZ!=="),
        Case("a key in URL base64", 400, "Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25j-Q=="),
        Case("no version", 426, "Sec-WebSocket-Version", nil), Case("version 8", 426, "Sec-WebSocket-Version", "8"),
        Case("a list of versions", 426, "Sec-WebSocket-Version", "13, 8"),
        Case("two versions", 400, adding: "Sec-WebSocket-Version: 13"),
        Case("no Connection", 400, "Connection", nil), Case("Connection without upgrade", 400, "Connection", "close"),
        Case("Connection with a look-alike", 400, "Connection", "upgraded"),
        Case("a subprotocol that is not a token", 400, "Sec-WebSocket-Protocol", "a b"),
        Case("malformed extensions", 400, "Sec-WebSocket-Extensions", "permessage-deflate; =3"),
        Case("an unclosed quote in the extensions", 400, "Sec-WebSocket-Extensions", "a; b=\"c"),
        Case("two origins", 400, adding: "Origin: http://example.com"),
    ]

    @Test("refuses it, whole and byte by byte", arguments: lines + framing + headers)
    func refuses(_ wrong: Case) {
        var whole = ServerHandshake(origins: .any)
        #expect(whole.receive(wrong.bytes).outline == String(wrong.status))
        var dribbled = ServerHandshake(origins: .any)
        var outline = "more"
        for byte in wrong.bytes where outline == "more" { outline = dribbled.receive([byte]).outline }
        #expect(outline == String(wrong.status))
        // A valid request after it changes nothing.
        #expect(dribbled.receive(Head().bytes).outline == outline)
    }

    @Test("accepts an empty body and unknown headers")
    func harmless() {
        for line in [
            "Content-Length: 0", "X-Anything: \"\\\t;,=(\u{E9})", "Sec-WebSocket-Extensions: x-unknown; a=\"b\"",
        ] {
            var head = Head()
            head.lines.append(line)
            #expect(head.request() != nil)
        }
    }

    @Test("refuses a first line above 8 KiB before it is complete", arguments: [8_192, 8_193])
    func lineLimit(length: Int) {
        let fixed = "GET / HTTP/1.1".utf8.count
        let head = Head(line: "GET /\(String(repeating: "a", count: length - fixed)) HTTP/1.1")
        var handshake = ServerHandshake(origins: .any)
        #expect(handshake.receive(head.bytes).outline == (length == 8_192 ? "upgrade" : "414"))
        var endless = ServerHandshake()
        #expect(
            endless.receive(Array("GET /".utf8) + [UInt8](repeating: 0x61, count: length - 5)).outline
                == (length == 8_192 ? "more" : "414"))
    }

    @Test("refuses headers above 16 KiB before they are complete", arguments: [16_384, 16_385])
    func blockLimit(size: Int) {
        var head = Head()
        let fixed = head.lines.reduce(2) { $0 + $1.utf8.count + 2 }
        head.lines.append("X: " + String(repeating: "b", count: size - fixed - 5))
        var handshake = ServerHandshake(origins: .any)
        #expect(handshake.receive(head.bytes).outline == (size == 16_384 ? "upgrade" : "431"))
        var endless = ServerHandshake()
        let bytes = Array("GET / HTTP/1.1\r\n".utf8) + [UInt8](repeating: 0x61, count: size)
        #expect(endless.receive(bytes).outline == (size == 16_384 ? "more" : "431"))
    }

    @Test("refuses more than 100 headers", arguments: [100, 101])
    func countLimit(count: Int) {
        var head = Head()
        while head.lines.count < count { head.lines.append("X: 1") }
        var handshake = ServerHandshake(origins: .any)
        #expect(handshake.receive(head.bytes).outline == (count == 100 ? "upgrade" : "431"))
    }

    @Test("responds without quoting the request, with a length and a close")
    func answer() {
        let refusals: [Refusal] = [
            .badRequest("No."), .foreignOrigin, .methodNotAllowed, .pageIsRead, .filesUnavailable, .targetTooLong,
            .upgradeRequired,
            .unsupportedVersion,
            .versionNotSupported, .notFound, .serverFull, .tooManyConnections, Refusal(.tooManyHeaders),
        ]
        for refusal in refusals {
            var buffer = ByteBuffer()
            let date = "Sun, 06 Nov 1994 08:49:37 GMT"
            refusal.write(into: &buffer, date: date)
            let text = String(decoding: buffer.array, as: UTF8.self)
            #expect(text.hasPrefix("HTTP/1.1 \(refusal.status) "))
            #expect(!text.hasPrefix("HTTP/1.1 \(refusal.status) \r\n"))
            #expect(text.contains("\r\nDate: \(date)\r\n"))
            #expect(text.contains("\r\nConnection: close"))
            #expect(text.contains("\r\nContent-Type: text/plain; charset=utf-8\r\n"))
            #expect(text.contains("\r\nContent-Length: \(refusal.body.utf8.count)\r\n"))
            #expect(text.hasSuffix("\r\n\r\n" + refusal.body))
            var bare = ByteBuffer()
            refusal.write(into: &bare, date: date, toHead: true)
            #expect(String(decoding: bare.array, as: UTF8.self) + refusal.body == text)
        }
        #expect(
            Refusal.serverFull.headers["Retry-After"] != nil && Refusal.tooManyConnections.headers["Retry-After"] != nil
        )
        #expect(Refusal.unsupportedVersion.headers["Sec-WebSocket-Version"] == "13")
        #expect(Refusal.methodNotAllowed.headers["Allow"] == "GET")
    }
}
