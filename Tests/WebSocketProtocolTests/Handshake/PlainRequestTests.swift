import Testing
import WebSocketProtocol

@Suite("A plain request")
struct PlainRequestTests {
    private func read(_ lines: String...) -> PlainRequest? {
        var handshake = ServerHandshake()
        let head = lines.joined(separator: "\r\n") + "\r\n\r\n"
        guard case .plain(let request, let consumed) = handshake.receive(Array((head + "GET").utf8)) else { return nil }
        #expect(consumed == head.utf8.count)
        return request
    }

    @Test("is returned, whole and byte by byte")
    func pieces() throws {
        let head = Array("GET /a%20b?full HTTP/1.1\r\nHost: localhost\r\nAccept: */*\r\n\r\n".utf8)
        var handshake = ServerHandshake()
        for byte in head.dropLast() { #expect(handshake.receive([byte]).outline == "more") }
        guard case .plain(let request, 1) = handshake.receive([0x0A]) else {
            Issue.record("not returned")
            return
        }
        #expect(request.method == "GET" && request.path == "/a%20b" && request.query == "full")
        #expect(request.headers["accept"] == "*/*" && !request.hasBody && !request.isLast)
        #expect(handshake.receive(head).outline == "400")
    }

    @Test(
        "can have any method, and an upgrade other than to a WebSocket",
        arguments: ["POST", "HEAD", "get", "DELETE", "X-1"])
    func methods(method: String) {
        #expect(read("\(method) / HTTP/1.1", "Host: a")?.method == method)
        let upgrade = ["Connection: Upgrade", "Upgrade: h2c, websockets"]
        #expect(read("\(method) / HTTP/1.1", "Host: a", upgrade[0], upgrade[1])?.method == method)
        #expect(method == "GET" || read("\(method) / HTTP/1.1", "Host: a", upgrade[0], "Upgrade: websocket") != nil)
    }

    @Test(
        "states whether it has a body",
        arguments: [
            ("Accept: */*", false), ("Content-Length: 0", false), ("Content-Length: 000", false),
            ("Content-Length: 5", true), ("Content-Length: 99999999999999999999999", true),
            ("Transfer-Encoding: chunked", true), ("transfer-encoding: identity", true),
        ])
    func bodies(line: String, hasBody: Bool) {
        #expect(read("POST / HTTP/1.1", "Host: a", line)?.hasBody == hasBody)
        // GET and HEAD requests with a body are refused.
        #expect((read("GET / HTTP/1.1", "Host: a", line) == nil) == hasBody)
        #expect((read("HEAD / HTTP/1.1", "Host: a", line) == nil) == hasBody)
    }

    @Test(
        "is refused if the length of its body is ambiguous",
        arguments: [
            "Content-Length: 5\r\nContent-Length: 5", "Content-Length: 0\r\nTransfer-Encoding: chunked",
            "Content-Length: +5", "Content-Length: 5, 5", "Content-Length: 0x5", "Content-Length: ",
            "Content-Length: -0",
        ])
    func smuggling(lines: String) {
        var handshake = ServerHandshake()
        #expect(handshake.receive(Array("POST / HTTP/1.1\r\nHost: a\r\n\(lines)\r\n\r\n".utf8)).outline == "400")
    }

    @Test("must have exactly one host")
    func hosts() {
        for lines in ["", "Host: a\r\nHost: a\r\n", "Host: a b\r\n"] {
            var handshake = ServerHandshake()
            #expect(handshake.receive(Array("GET / HTTP/1.1\r\n\(lines)\r\n".utf8)).outline == "400")
        }
    }

    @Test(
        "states whether it is the last",
        arguments: [
            ("Connection: close", true), ("Connection: keep-alive, Close", true), ("Connection: keep-alive", false),
            ("Connection: closed", false),
        ])
    func last(line: String, isLast: Bool) {
        #expect(read("GET / HTTP/1.1", "Host: a", line)?.isLast == isLast)
    }
}
