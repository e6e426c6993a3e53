import Bytes
import WebSocketProtocol

/// The head of a request, as a server reads it: whole and in pieces.
enum ServerHandshakeTarget: FuzzTarget {
    static let name = "server-handshake"

    /// Low enough for an input to pass them.
    static let limits = HandshakeLimits(requestLine: 128, headerBlock: 640, headerCount: 12)

    /// Good requests, and some that could be read in two ways.
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
        check(whole == Outcome(of: choices.rest, lengths: lengths, origins: origins), "a cut head says the same")
    }

    private static let origins: [OriginPolicy] = [.sameHost, .any, .allow(["https://example.com", "null"])]
}

/// What a server said to a head; to one that came whole, with all checked that must hold of it.
struct Outcome: Equatable {
    /// 101, the status of a refusal, 200 for no WebSocket, or 0 while more is needed.
    private(set) var status = 0
    /// Bytes that belong to the head.
    private(set) var consumed = 0
    /// The target of a good request, or the body of a refusal.
    private(set) var text = ""

    init(of head: UnsafeRawBufferPointer, lengths: [Int] = [], origins: OriginPolicy = .any) {
        var handshake = ServerHandshake(limits: ServerHandshakeTarget.limits, origins: origins)
        eachPiece(of: head, lengths: lengths) { piece in
            switch handshake.received(UnsafeRawBufferPointer(piece)) {
            case .needMore:
                consumed += piece.count
                return true
            case .upgrade(let request, let count):
                check(count <= piece.count, "no more is consumed than there was")
                (status, consumed, text) = (101, consumed + count, request.target)
                if lengths.isEmpty { request.check(against: UnsafeRawBufferPointer(rebasing: head[..<consumed])) }
                return false
            case .plain(let request, let count):
                check(count <= piece.count, "no more is consumed than there was")
                (status, consumed) = (200, consumed + count)
                text = "\(request.method) \(request.path) \(request.query ?? "-") \(request.hasBody) \(request.isLast)"
                if request.method == "GET" { check(!request.hasBody, "what is answered has no body") }
                return false
            case .refuse(let refusal):
                (status, consumed, text) = (refusal.status, 0, refusal.body)
                refusal.check()
                let again = handshake.received(UnsafeRawBufferPointer(piece))
                guard case .refuse(let second) = again else { fail("a refusal is final") }
                check(second.status == status, "a refusal stays what it is")
                return false
            }
        }
    }
}

extension UpgradeRequest {
    /// Reads the head once more, by splitting its text: what could be read in two ways must not have passed.
    fileprivate func check(against head: UnsafeRawBufferPointer) {
        let bytes = Array(head)
        Fuzzing.check(bytes.suffix(4) == [13, 10, 13, 10], "a head ends with a blank line")
        Fuzzing.check(!bytes.contains { $0 < 32 && ![9, 10, 13].contains($0) || $0 == 127 }, "no control characters")
        let lines = bytes.dropLast(4).split(separator: 10, omittingEmptySubsequences: false).map { line in
            line.last == 13 ? line.dropLast() : line
        }
        Fuzzing.check(!lines.contains { $0.isEmpty || $0.contains(13) }, "one blank line, and no bare CR")
        Fuzzing.check(headers.count == lines.count - 1, "each line is a header")
        for (_, value) in headers { PlainRuns.checkAdmitted(value) }
        func names(_ name: String) -> Int {
            lines.dropFirst().count { line in
                String(decoding: line.prefix { $0 != UInt8(ascii: ":") }, as: UTF8.self).lowercased() == name
            }
        }
        Fuzzing.check(names("host") == 1 && names("sec-websocket-key") == 1, "one host, one key")
        Fuzzing.check(names("transfer-encoding") == 0 && names("content-length") <= 1, "no body")
        Fuzzing.check(headers["Content-Length"].map { $0 == "0" } ?? true, "no body")
        Fuzzing.check(query.map { "\(path)?\($0)" } ?? path == target, "path and query make the target")
        checkAnswer()
    }

    /// A client that had sent this request takes the answer to it, and sends one that says the same.
    private func checkAnswer() {
        guard
            var client = try? ClientHandshake(
                host: host, target: target, subprotocols: subprotocols, compression: CompressionOptions(),
                key: headers["Sec-WebSocket-Key"])
        else { fail("a client could have sent this: \(host) \(target)") }

        var buffer = ByteBuffer()
        client.writeRequest(into: &buffer)
        var server = ServerHandshake(origins: .any)
        guard case .upgrade(let copy, buffer.count) = buffer.withBytes({ server.received($0) }) else {
            fail("a client's request is a good one")
        }
        Fuzzing.check(
            copy.target == target && copy.host == host && copy.subprotocols == subprotocols && copy.origin == nil,
            "a request comes through as it was")

        buffer.removeAll()
        let answer = accept(subprotocol: subprotocols.last)
        answer.write(into: &buffer)
        guard case .accepted(let upgrade, buffer.count) = buffer.withBytes({ client.received($0) }) else {
            fail("a client takes the answer")
        }
        Fuzzing.check(upgrade.subprotocol == subprotocols.last && upgrade.deflate == nil, "both agree")

        // What the peer offered need not be what a client of ours would: of the agreement itself nothing more is known.
        if let deflate = accept(compression: CompressionOptions()).deflate {
            Fuzzing.check(
                (9...15).contains(deflate.serverWindowBits) && (8...15).contains(deflate.clientWindowBits),
                "a window that zlib has")
        }
    }
}

extension Refusal {
    /// What is written is an answer that a client reads as this refusal, and nothing behind it.
    fileprivate func check() {
        var buffer = ByteBuffer()
        write(into: &buffer, date: "Sun, 06 Nov 1994 08:49:37 GMT")
        guard var client = try? ClientHandshake(host: "localhost", target: "/"),
            case .failed(.refused(let status, let headers, let body)) = buffer.withBytes({ client.received($0) })
        else { fail("a refusal is an answer") }
        Fuzzing.check(status == self.status && body == self.body, "a refusal comes through as it was")
        Fuzzing.check(headers["Content-Length"] == String(body.utf8.count), "a refusal says its length")
    }
}
