import Bytes
import WebSocketProtocol

/// Fuzzes the server's parser for request heads, whole and in pieces.
enum ServerHandshakeTarget: FuzzTarget {
    static let name = "server-handshake"

    /// Low enough for an input to exceed them.
    static let limits = HandshakeLimits(requestLine: 128, headerBlock: 640, headerCount: 12)

    /// Valid requests, and ambiguous ones.
    static let seeds = [
        RequestHeaderTarget.head(),
        RequestHeaderTarget.head(with: "Sec-WebSocket-Protocol: webshocket.v1, webshocket.json"),
        RequestHeaderTarget.head(with: "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits"),
        RequestHeaderTarget.head(with: "Origin: https://example.com"),
        RequestHeaderTarget.head(with: "Content-Length: 0"),
        RequestHeaderTarget.head(target: "ws://example.com/chat?room=1"),
        RequestHeaderTarget.head(with: "Host: example.com"),
        RequestHeaderTarget.head(with: "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=="),
        RequestHeaderTarget.head(with: "Transfer-Encoding: chunked"),
        RequestHeaderTarget.head(with: "Content-Length: 0\r\nContent-Length: 0"),
        RequestHeaderTarget.head(with: "X-Folded: a\r\n b"), RequestHeaderTarget.head(with: "X-Bare: a\nb"),
        RequestHeaderTarget.head(with: "X-Bare: a\rb"), RequestHeaderTarget.head(with: "X-Blank : a"),
        "GET / HTTP/1.1\r\nHost: [::1]:80\r\n\r\n", "POST / HTTP/1.1\r\n\r\n", "GET / HTTP/1.0\r\n\r\n",
    ].map { seed(0, 8, 64, then: $0.utf8) }

    static let words = [
        "\r\n", "\r\n\r\n", "GET ", " HTTP/1.1\r\n", "Host: ", "Upgrade: websocket", "Connection: Upgrade",
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==", "Sec-WebSocket-Version: 13", "Sec-WebSocket-Protocol: ",
        "Sec-WebSocket-Extensions: ", "Origin: ", "Content-Length: ", "Transfer-Encoding: chunked", "http://", "wss://",
    ].map { Array($0.utf8) }

    static func run(_ input: UnsafeRawBufferPointer) {
        var choices = Choices(input)
        let origins = origins[Int(choices.next()) % origins.count]
        let lengths = choices.lengths()
        let whole = Outcome(of: choices.rest, origins: origins)
        check(whole == Outcome(of: choices.rest, lengths: lengths, origins: origins), "pieces give the same result")
    }

    private static let origins: [OriginPolicy] = [.sameHost, .any, .allow(["https://example.com", "null"])]
}

/// The server's result for a request head. For a head in one piece, the initializer also checks the request.
struct Outcome: Equatable {
    /// 101 for an upgrade, 200 for a plain HTTP request, the status of a rejection, or 0 if more bytes are needed.
    private(set) var status = 0
    /// The number of bytes in the head.
    private(set) var consumed = 0
    /// The target of an upgrade, a summary of a plain request, or the body of a rejection.
    private(set) var text = ""

    init(of head: UnsafeRawBufferPointer, lengths: [Int] = [], origins: OriginPolicy = .any) {
        var handshake = ServerHandshake(limits: ServerHandshakeTarget.limits, origins: origins)
        eachPiece(of: head, lengths: lengths) { piece in
            switch handshake.received(UnsafeRawBufferPointer(piece)) {
            case .needMore:
                consumed += piece.count
                return true
            case .upgrade(let request, let count):
                check(count <= piece.count, "no more bytes are consumed than were passed")
                (status, consumed, text) = (101, consumed + count, request.target)
                if lengths.isEmpty { request.check(against: UnsafeRawBufferPointer(rebasing: head[..<consumed])) }
                return false
            case .plain(let request, let count):
                check(count <= piece.count, "no more bytes are consumed than were passed")
                (status, consumed) = (200, consumed + count)
                text = "\(request.method) \(request.path) \(request.query ?? "-") \(request.hasBody) \(request.isLast)"
                if request.method == "GET" { check(!request.hasBody, "a GET request has no body") }
                return false
            case .refuse(let refusal):
                (status, consumed, text) = (refusal.status, 0, refusal.body)
                refusal.check()
                let again = handshake.received(UnsafeRawBufferPointer(piece))
                guard case .refuse(let second) = again else { fail("a rejection is final") }
                check(second.status == status, "a rejection keeps its status")
                return false
            }
        }
    }
}

extension UpgradeRequest {
    /// Parses the head again by splitting its text, and checks that an ambiguous head was not accepted.
    fileprivate func check(against head: UnsafeRawBufferPointer) {
        let bytes = Array(head)
        Fuzzing.check(bytes.suffix(4) == [13, 10, 13, 10], "a head ends with a blank line")
        Fuzzing.check(
            !bytes.contains { $0 < 32 && ![9, 10, 13].contains($0) || $0 == 127 }, "a head has no control characters")
        let lines = bytes.dropLast(4).split(separator: 10, omittingEmptySubsequences: false).map { line in
            line.last == 13 ? line.dropLast() : line
        }
        Fuzzing.check(!lines.contains { $0.isEmpty || $0.contains(13) }, "a head has one blank line, and no bare CR")
        Fuzzing.check(headers.count == lines.count - 1, "each line is a header")
        for (_, value) in headers { PlainRuns.checkAdmitted(value) }
        func names(_ name: String) -> Int {
            lines.dropFirst().count { line in
                String(decoding: line.prefix { $0 != UInt8(ascii: ":") }, as: UTF8.self).lowercased() == name
            }
        }
        Fuzzing.check(names("host") == 1 && names("sec-websocket-key") == 1, "a head has one host and one key")
        Fuzzing.check(names("transfer-encoding") == 0 && names("content-length") <= 1, "an upgrade has no body")
        Fuzzing.check(headers["Content-Length"].map { $0 == "0" } ?? true, "an upgrade has no body")
        Fuzzing.check(query.map { "\(path)?\($0)" } ?? path == target, "the target is the path and the query")
        checkAnswer()
    }

    /// Checks that our client can send an equal request, and that it accepts the response.
    private func checkAnswer() {
        guard
            var client = try? ClientHandshake(
                host: host, target: target, subprotocols: subprotocols, compression: CompressionOptions(),
                key: headers["Sec-WebSocket-Key"])
        else { fail("a client can send this request: \(host) \(target)") }

        var buffer = ByteBuffer()
        client.writeRequest(into: &buffer)
        var server = ServerHandshake(origins: .any)
        guard case .upgrade(let copy, buffer.count) = buffer.withBytes({ server.received($0) }) else {
            fail("a client's request is valid")
        }
        Fuzzing.check(
            copy.target == target && copy.host == host && copy.subprotocols == subprotocols && copy.origin == nil,
            "a request survives a round trip")

        buffer.removeAll()
        let answer = accept(subprotocol: subprotocols.last)
        answer.write(into: &buffer)
        guard case .accepted(let upgrade, buffer.count) = buffer.withBytes({ client.received($0) }) else {
            fail("a client accepts the response")
        }
        Fuzzing.check(upgrade.subprotocol == subprotocols.last && upgrade.deflate == nil, "client and server agree")

        // The peer's offer may differ from our client's, so only the ranges of the window sizes are known.
        if let deflate = accept(compression: CompressionOptions()).deflate {
            Fuzzing.check(
                (9...15).contains(deflate.serverWindowBits) && (8...15).contains(deflate.clientWindowBits),
                "zlib supports the windows")
        }
    }
}

extension Refusal {
    /// Checks that a client parses the written response as this rejection.
    fileprivate func check() {
        var buffer = ByteBuffer()
        write(into: &buffer, date: "Sun, 06 Nov 1994 08:49:37 GMT")
        guard var client = try? ClientHandshake(host: "localhost", target: "/"),
            case .failed(.refused(let status, let headers, let body)) = buffer.withBytes({ client.received($0) })
        else { fail("a client can parse a rejection") }
        Fuzzing.check(status == self.status && body == self.body, "a rejection survives a round trip")
        Fuzzing.check(headers["Content-Length"] == String(body.utf8.count), "Content-Length is the length of the body")
    }
}
