import Bytes
import WebSocketProtocol

/// Fuzzes the client's parser for the server's handshake response, whole and in pieces.
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
            whole == Verdict(on: choices.rest, lengths: lengths, compression: compression),
            "pieces give the same result"
        )
    }

    private static let compressions: [CompressionOptions?] = [
        nil, CompressionOptions(), CompressionOptions(serverWindowBits: 10, clientWindowBits: 12),
        CompressionOptions(serverContextTakeover: false),
    ]

    /// The client's result for a response.
    private struct Verdict: Equatable {
        /// The status of a rejection, 101 for an upgrade, 0 if more bytes are needed, or -1 for a malformed response.
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
            else { fail("a client handshake can be created") }
            eachPiece(of: answer, lengths: lengths) { piece in
                switch handshake.received(UnsafeRawBufferPointer(piece)) {
                case .needMore:
                    consumed += piece.count
                    return true
                case .accepted(let upgrade, let count):
                    check(count <= piece.count, "no more bytes are consumed than were passed")
                    (status, consumed, headerCount) = (101, consumed + count, upgrade.headers.count)
                    deflate = upgrade.deflate
                    check(
                        answer[..<consumed].suffix(4).elementsEqual([13, 10, 13, 10]), "the head ends with a blank line"
                    )
                    check(upgrade.subprotocol.map(offered.contains) ?? true, "the subprotocol was offered")
                    upgrade.deflate?.check(against: compression)
                case .failed(.refused(let status, let headers, let body)):
                    // The length of the known body depends on the pieces, so it is not compared.
                    check(status >= 100 && status < 1_000 && status != 101, "a rejection has a valid status")
                    check(body.unicodeScalars.count <= 1_024, "at most 1,024 characters of the body are kept")
                    (self.status, consumed, headerCount) = (status, 0, headers.count)
                case .failed(.malformed(let reason)):
                    (status, consumed, self.reason) = (-1, 0, reason)
                case .failed(.invalidRequest):
                    fail("the request is valid")
                }
                check(headerCount <= ServerHandshakeTarget.limits.headerCount, "the limit of headers holds")
                return false
            }
        }
    }
}

extension DeflateParameters {
    fileprivate func check(against options: CompressionOptions?) {
        guard let options else { fail("the extension was offered") }
        Fuzzing.check((8...options.serverWindowBits).contains(serverWindowBits), "the server window is as requested")
        Fuzzing.check((9...options.clientWindowBits).contains(clientWindowBits), "zlib supports the client window")
        Fuzzing.check(options.serverContextTakeover || !serverContextTakeover, "the server's takeover is as requested")
    }
}
