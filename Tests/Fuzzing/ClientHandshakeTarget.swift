import Bytes
import WebSocketProtocol

/// A server's answer, as a client reads it: whole and in pieces.
enum ClientHandshakeTarget: FuzzTarget {
    static let name = "client-handshake"

    private static let offered = ["webshocket.v1", "webshocket.json"]

    private static func answer(_ lines: String...) -> String {
        let good = [
            "HTTP/1.1 101 Switching Protocols", "Upgrade: websocket", "Connection: Upgrade",
            "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=",
        ]
        return (good + lines).joined(separator: "\r\n") + "\r\n\r\n"
    }

    static let seeds = [
        seed(0, 8, 64, then: answer().utf8),
        seed(0, 0, 0, then: answer("Sec-WebSocket-Protocol: webshocket.v1").utf8),
        seed(1, 30, 4, then: answer("Sec-WebSocket-Extensions: permessage-deflate").utf8),
        seed(1, 30, 4, then: answer("Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits=9").utf8),
        seed(2, 9, 9, then: answer("Sec-WebSocket-Extensions: permessage-deflate; server_max_window_bits=9").utf8),
        seed(0, 99, 99, then: "HTTP/1.1 503 Service Unavailable\r\nRetry-After: 5\r\n\r\nfull".utf8),
        seed(0, 99, 99, then: "HTTP/1.0 404\r\n\r\n".utf8),
    ]

    static let words =
        RequestHeaderTarget.words
        + [
            "HTTP/1.1 101 ", "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=", "Sec-WebSocket-Extensions: ",
            "Sec-WebSocket-Protocol: ", "webshocket.json", "\r\n\r\n",
        ].map { Array($0.utf8) }

    static func run(_ input: UnsafeRawBufferPointer) {
        var choices = Choices(input)
        let compression = compressions[Int(choices.next()) % compressions.count]
        let lengths = choices.lengths()
        let whole = Verdict(on: choices.rest, compression: compression)
        check(
            whole == Verdict(on: choices.rest, lengths: lengths, compression: compression), "a cut answer says the same"
        )
    }

    private static let compressions: [CompressionOptions?] = [
        nil, CompressionOptions(), CompressionOptions(serverWindowBits: 10, clientWindowBits: 12),
        CompressionOptions(serverContextTakeover: false),
    ]

    /// What a client made of an answer.
    private struct Verdict: Equatable {
        /// The status of a refusal, 101 for an upgrade, 0 while more is needed and -1 for a broken answer.
        var status = 0
        var consumed = 0
        var headerCount = 0
        var reason = ""
        var deflate: DeflateParameters?

        init(on answer: UnsafeRawBufferPointer, lengths: [Int] = [], compression: CompressionOptions?) {
            guard
                var handshake = try? ClientHandshake(
                    host: "localhost", target: "/", subprotocols: offered, compression: compression,
                    key: "dGhlIHNhbXBsZSBub25jZQ==", limits: ServerHandshakeTarget.limits)
            else { fail("a client can begin") }
            eachPiece(of: answer, lengths: lengths) { piece in
                switch handshake.received(UnsafeRawBufferPointer(piece)) {
                case .needMore:
                    consumed += piece.count
                    return true
                case .accepted(let upgrade, let count):
                    check(count <= piece.count, "no more is consumed than there was")
                    (status, consumed, headerCount) = (101, consumed + count, upgrade.headers.count)
                    deflate = upgrade.deflate
                    check(answer[..<consumed].suffix(4).elementsEqual([13, 10, 13, 10]), "it ends with a blank line")
                    check(upgrade.subprotocol.map(offered.contains) ?? true, "nothing that was not offered")
                    upgrade.deflate?.check(against: compression)
                case .failed(.refused(let status, let headers, let body)):
                    // How much of the body is known depends on how it was cut.
                    check(status >= 100 && status < 1_000 && status != 101, "a status of three digits")
                    check(body.unicodeScalars.count <= 1_024, "a body is kept up to a KiB")
                    (self.status, consumed, headerCount) = (status, 0, headers.count)
                case .failed(.malformed(let reason)):
                    (status, consumed, self.reason) = (-1, 0, reason)
                case .failed(.invalidRequest):
                    fail("the request was good")
                }
                check(headerCount <= ServerHandshakeTarget.limits.headerCount, "no more headers than may be")
                return false
            }
        }
    }
}

extension DeflateParameters {
    fileprivate func check(against options: CompressionOptions?) {
        guard let options else { fail("no extension that was not offered") }
        Fuzzing.check((8...options.serverWindowBits).contains(serverWindowBits), "the window that was asked for")
        Fuzzing.check((9...options.clientWindowBits).contains(clientWindowBits), "a window that zlib has")
        Fuzzing.check(options.serverContextTakeover || !serverContextTakeover, "a server forgets where it was asked to")
    }
}
