import WebSocketProtocol

/// Fuzzes the parser for a proxy's response to CONNECT, whole and in pieces.
enum ConnectTunnelTarget: FuzzTarget {
    static let name = "connect-tunnel"

    static let seeds = [
        "HTTP/1.1 200 Connection established\r\n\r\nrest", "HTTP/1.0 407 Proxy Authentication Required\r\nA: b\r\n\r\n",
        "HTTP/1.1 204\r\n\r\n", "SSH-2.0-OpenSSH\r\n",
    ].map { seed(0, 8, then: $0.utf8) }

    static let words = ["HTTP/1.1 ", "HTTP/1.0 ", "200", "407", "\r\n", "\r\n\r\n", ": "].map { Array($0.utf8) }

    static func run(_ input: UnsafeRawBufferPointer) {
        var choices = Choices(input)
        let lengths = choices.lengths()
        let whole = outcome(of: choices.rest)
        check(whole == outcome(of: choices.rest, lengths: lengths), "pieces give the same result")
    }

    private static func outcome(of bytes: UnsafeRawBufferPointer, lengths: [Int] = []) -> ConnectTunnel.Action {
        let limits = HandshakeLimits(requestLine: 128, headerBlock: 640, headerCount: 12)
        guard var tunnel = ConnectTunnel(host: "a", port: 1, limits: limits) else { fail("the host is valid") }
        var outcome = ConnectTunnel.Action.needMore
        var before = 0
        eachPiece(of: bytes, lengths: lengths) { piece in
            outcome = tunnel.received(UnsafeRawBufferPointer(piece))
            switch outcome {
            case .needMore:
                before += piece.count
                return true
            case .open(let consumed):
                check(consumed <= piece.count, "no more bytes are consumed than were passed")
                outcome = .open(consumed: before + consumed)
            case .failed: break
            }
            return false
        }
        return outcome
    }
}
