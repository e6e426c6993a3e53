import Bytes
import Testing
import WebSocketProtocol

@Suite("A tunnel through a proxy")
struct ConnectTunnelTests {
    private func tunnel(limits: HandshakeLimits = HandshakeLimits()) throws -> ConnectTunnel {
        try #require(ConnectTunnel(host: "example.com", port: 443, limits: limits))
    }

    private func receive(_ text: String, limits: HandshakeLimits = HandshakeLimits()) throws -> ConnectTunnel.Action {
        var tunnel = try tunnel(limits: limits)
        return Array(text.utf8).withUnsafeBytes { tunnel.received($0) }
    }

    @Test(
        "is requested with the server's name and the credentials",
        arguments: [
            ("example.com", nil, "CONNECT example.com:443 HTTP/1.1\r\nHost: example.com:443\r\n\r\n"),
            ("2001:db8::1", nil, "CONNECT [2001:db8::1]:443 HTTP/1.1\r\nHost: [2001:db8::1]:443\r\n\r\n"),
            (
                "example.com", BasicCredentials(user: Array("ann".utf8), password: Array("p:w".utf8)),
                "CONNECT example.com:443 HTTP/1.1\r\nHost: example.com:443\r\n"
                    + "Proxy-Authorization: Basic YW5uOnA6dw==\r\n\r\n"
            ),
        ])
    func request(host: String, credentials: BasicCredentials?, expected: String) throws {
        let tunnel = try #require(ConnectTunnel(host: host, port: 443, credentials: credentials))
        var buffer = ByteBuffer()
        tunnel.writeRequest(into: &buffer)
        #expect(String(decoding: buffer.array, as: UTF8.self) == expected)
    }

    @Test("is never requested if the host would inject a request", arguments: ["", "a b", "a\r\nX: y", "a/b", "a@b"])
    func forgery(host: String) {
        #expect(ConnectTunnel(host: host, port: 1) == nil)
    }

    @Test(
        "is open after a success response, regardless of its headers",
        arguments: [
            "HTTP/1.1 200 Connection established\r\n\r\n", "HTTP/1.0 200 OK\r\nVia: x\r\n\r\n",
            "HTTP/1.1 204\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n",
        ])
    func open(answer: String) throws {
        #expect(try receive(answer + "hello") == .open(consumed: answer.utf8.count))
        var tunnel = try tunnel()
        for byte in answer.utf8.dropLast() {
            let action = [byte].withUnsafeBytes { tunnel.received($0) }
            #expect(action == .needMore)
        }
        let last = [0x0A].withUnsafeBytes { tunnel.received($0) }
        #expect(last == .open(consumed: 1))
    }

    @Test("waits after interim responses, but only a limited number", arguments: [0, 1, 8, 9])
    func interim(count: Int) throws {
        let said = String(repeating: "HTTP/1.1 102 Processing\r\nX: y\r\n\r\n", count: count)
        let open = "HTTP/1.1 200 OK\r\n\r\n"
        let expected: ConnectTunnel.Action =
            count <= 8 ? .open(consumed: (said + open).utf8.count) : .failed(.refused(status: 102))
        #expect(try receive(said + open + "rest") == expected)
    }

    @Test("is refused by every other status", arguments: [101, 300, 302, 403, 407, 502, 599])
    func refused(status: Int) throws {
        #expect(try receive("HTTP/1.1 \(status) No\r\n\r\n<html>") == .failed(.refused(status: status)))
    }

    @Test(
        "fails if the response is not HTTP, or is too long",
        arguments: [
            "SSH-2.0-x\r\n", "HTTP/2 200\r\n", "HTTP/1.1 20\r\n", "\r\n", "HTTP/1.1 200 OK\n\n",
            "HTTP/1.1 200 OK\r\n folded: x\r\n\r\n", "HTTP/1.1 200 " + String(repeating: "x", count: 9_000),
            "HTTP/1.1 200 OK\r\n" + String(repeating: "X: y\r\n", count: 101),
        ])
    func malformed(answer: String) throws {
        guard case .failed(.malformed) = try receive(answer) else {
            Issue.record("accepted")
            return
        }
    }

    @Test("keeps its final state")
    func final() throws {
        var tunnel = try tunnel()
        let refusal = Array("HTTP/1.1 407 No\r\n\r\n".utf8).withUnsafeBytes { tunnel.received($0) }
        let again = Array("HTTP/1.1 200 OK\r\n\r\n".utf8).withUnsafeBytes { tunnel.received($0) }
        #expect(refusal == again)
    }

    @Test("does not show its credentials in any description")
    func secrecy() throws {
        let credentials = try #require(BasicCredentials(user: Array("ann".utf8), password: Array("secret".utf8)))
        for text in ["\(credentials)", String(reflecting: credentials), "\([credentials])"] {
            #expect(!text.contains("secret") && !text.contains("YW5u"))
        }
        #expect(BasicCredentials(user: Array("a:b".utf8), password: []) == nil)
    }
}
