import WebSocketProtocol

/// Fuzzes the parser for the header of the PROXY protocol, whole and in pieces.
enum ProxyHeaderTarget: FuzzTarget {
    static let name = "proxy-header"

    private static let signature = hex("0d0a0d0a000d0a515549540a")

    static let seeds =
        [
            "PROXY TCP4 192.0.2.1 198.51.100.1 56324 443\r\nGET /",
            "PROXY TCP6 2001:db8::1 ::ffff:192.0.2.1 1 65535\r\n",
            "PROXY UNKNOWN\r\n", "PROXY UNKNOWN a b c\r\n", "GET / HTTP/1.1\r\n\r\n",
        ].map { seed(0, 8, then: $0.utf8) }
        + [
            "2111000cc0000201c6336401dc0401bb", "21110010c0000201c6336401dc0401bb040001ff", "20000000", "2100000101",
            "21210024" + String(repeating: "20010db8000000000000000000000001", count: 2) + "dc0401bb",
        ].map { seed(0, 8, then: signature + hex($0)) }

    static let words =
        ["PROXY ", "TCP4 ", "TCP6 ", "UNKNOWN", "\r\n", "192.0.2.1 ", "::1 ", "65535", "0 "].map { Array($0.utf8) }
        + [signature, [0x21, 0x11, 0, 12], [0x21, 0x21, 0, 36], [0x21, 0x31, 0, 216], [0x20, 0, 0, 0]]

    static func run(_ input: UnsafeRawBufferPointer) {
        var choices = Choices(input)
        let lengths = choices.lengths()
        let whole = outcome(of: choices.rest)
        check(whole == outcome(of: choices.rest, lengths: lengths), "pieces give the same result")
        if case .header(let header, let consumed) = whole {
            check(consumed <= choices.rest.count && consumed >= 15, "a header has a valid length")
            if case .client(let address) = header {
                check(IPAddress(address.description) == address, "an address survives a round trip through text")
            }
        }
    }

    /// Returns the result for the bytes, with the total number of bytes consumed.
    private static func outcome(of bytes: UnsafeRawBufferPointer, lengths: [Int] = []) -> ProxyHeaderReader.Action {
        var reader = ProxyHeaderReader()
        var outcome = ProxyHeaderReader.Action.needMore
        var before = 0
        eachPiece(of: bytes, lengths: lengths) { piece in
            outcome = reader.received(UnsafeRawBufferPointer(piece))
            switch outcome {
            case .needMore:
                before += piece.count
                check(before <= ProxyHeaderReader.longest, "no more bytes are kept than the longest header has")
                return true
            case .failed: return false
            case .header(let header, let consumed):
                check(consumed <= piece.count, "no more bytes are consumed than were passed")
                outcome = .header(header, consumed: before + consumed)
                return false
            }
        }
        return outcome
    }
}
