import Bytes
import Testing
import WebSocketProtocol

@Suite("A head with a long run of combining marks")
struct LongRunHeadTests {
    private static let short = "a" + String(repeating: "\u{301}", count: 30)
    private static let long = "a" + String(repeating: "\u{301}", count: 31)

    private static func encoded(_ text: String) -> String {
        text.utf8.map { "%" + String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
    }

    private static func outline(_ head: Head) -> String {
        var handshake = ServerHandshake()
        return handshake.receive(head.bytes).outline
    }

    @Test(
        "is refused by a server, in any header",
        arguments: ["Cookie", "X-Forwarded-For", "Origin", "Anything"])
    func header(name: String) {
        var head = Head()
        head.lines.removeAll { $0.hasPrefix("Origin") }
        head.lines.append("\(name): x=\(Self.long)")
        #expect(Self.outline(head) == "400")
        if name != "Origin" {
            head.lines[head.lines.count - 1] = "\(name): x=\(Self.short)"
            head["Origin"] = "http://server.example.com"
            #expect(Self.outline(head) == "upgrade")
        }
    }

    @Test(
        "is refused by a server, in an encoded target",
        arguments: [
            "/chat?a=%@", "/chat?%@=1", "/chat?a&b=%@&c=d", "/%@", "/x/%@/y?z", "http://server.example.com/chat?%@",
        ])
    func target(pattern: String) {
        func head(_ text: String) -> Head {
            var head = Head(line: "GET \(pattern.replacing("%@", with: Self.encoded(text))) HTTP/1.1")
            head["Origin"] = "http://server.example.com"
            return head
        }
        #expect(Self.outline(head(Self.long)) == "400")
        #expect(Self.outline(head(Self.short)) == "upgrade")
        #expect(Self.outline(head(Self.short + "&" + Self.short)) == "upgrade")
    }

    @Test("is refused by a server, in a plain request")
    func page() {
        var handshake = ServerHandshake()
        let line = "GET /?a=\(Self.encoded(Self.long)) HTTP/1.1\r\nHost: a\r\n\r\n"
        #expect(handshake.receive(Array(line.utf8)).outline == "400")
    }

    @Test("is refused by a client")
    func answer() throws {
        for (text, outline) in [(Self.short, "accepted"), (Self.long, "malformed")] {
            var client = try ClientHandshakeTests.make()
            let answer = ClientHandshakeTests.answer(ClientHandshakeTests.good + ["X-Anything: \(text)"])
            let action = answer.withUnsafeBytes { client.received($0) }
            #expect(ClientHandshakeTests.outline(action) == outline)
        }
    }

    @Test("is refused by the client of a proxy")
    func tunnel() throws {
        for (text, isOpen) in [(Self.short, true), (Self.long, false)] {
            var tunnel = try #require(ConnectTunnel(host: "a", port: 1))
            let answer = Array("HTTP/1.1 200 OK\r\nVia: \(text)\r\n\r\n".utf8)
            let action = answer.withUnsafeBytes { tunnel.received($0) }
            #expect((action == .open(consumed: answer.count)) == isOpen)
        }
    }

    @Test("is not kept in the body of a refusal")
    func body() throws {
        var client = try ClientHandshakeTests.make()
        let answer = ClientHandshakeTests.answer(["HTTP/1.1 403 Forbidden"]) + Array(Self.long.utf8)
        guard case .failed(.refused(403, _, let body)) = answer.withUnsafeBytes({ client.received($0) }) else {
            Issue.record("not refused")
            return
        }
        #expect(!body.unicodeScalars.contains("\u{301}"))
    }

    @Test("is omitted from the items of a query")
    func queryItems() {
        let items = QueryItems(
            "a=\(Self.encoded(Self.short))&b=\(Self.encoded(Self.long))&\(Self.encoded(Self.long))&c=1")
        #expect(items.map(\.name) == ["a", "c"])
    }

    @Test("is rejected in the path of a file")
    func file() {
        #expect(FilePath("/\(Self.encoded(Self.short))"[...]) != nil)
        #expect(FilePath("/\(Self.encoded(Self.long))"[...]) == nil)
    }
}
