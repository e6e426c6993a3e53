import Testing
import WebSocketProtocol

@Suite("The PROXY protocol")
struct ProxyHeaderReaderTests {
    typealias Action = ProxyHeaderReader.Action

    static let signature: [UInt8] = [0x0D, 0x0A, 0x0D, 0x0A, 0x00, 0x0D, 0x0A, 0x51, 0x55, 0x49, 0x54, 0x0A]
    static let ipv4: [UInt8] = [192, 0, 2, 1, 198, 51, 100, 1, 0xDC, 0x04, 0x01, 0xBB]
    static let ipv6: [UInt8] =
        [0x20, 0x01, 0x0D, 0xB8] + Array(repeating: 0, count: 11) + [1] + Array(repeating: 0, count: 15) + [
            2, 1, 2, 3, 4,
        ]

    static func binary(_ command: UInt8, _ family: UInt8, _ rest: [UInt8], length: Int? = nil) -> [UInt8] {
        let length = length ?? rest.count
        return signature + [command, family, UInt8(length >> 8), UInt8(length & 0xFF)] + rest
    }

    static func line(_ text: String) -> [UInt8] { Array("\(text)\r\n".utf8) }

    private func receive(_ bytes: [UInt8]) -> Action {
        var reader = ProxyHeaderReader()
        return bytes.withUnsafeBytes { reader.received($0) }
    }

    private static func client(_ text: String) -> ProxyHeader? { IPAddress(text).map { .client($0) } }

    @Test(
        "identifies the client, for any division of its bytes",
        arguments: [
            (line("PROXY TCP4 192.0.2.1 198.51.100.1 56324 443"), client("192.0.2.1")),
            (line("PROXY TCP4 255.255.255.255 255.255.255.255 65535 65535"), client("255.255.255.255")),
            (line("PROXY TCP6 2001:db8::1 ::2 0 65535"), client("2001:db8::1")),
            (line("PROXY TCP6 ::ffff:192.0.2.1 ::2 1 2"), client("192.0.2.1")),
            (
                line("PROXY TCP6 ffff:f...f:ffff ffff:f...f:ffff 65535 65535".replacingDots),
                client("ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff")
            ),
            (line("PROXY UNKNOWN"), .nobody), (line("PROXY UNKNOWN whatever  it is"), .nobody),
            (line("PROXY UNKNOWN " + String(repeating: "x", count: 91)), .nobody),
            (binary(0x21, 0x11, ipv4), client("192.0.2.1")), (binary(0x21, 0x12, ipv4), client("192.0.2.1")),
            (binary(0x21, 0x21, ipv6), client("2001:db8::1")),
            (binary(0x21, 0x11, ipv4 + [0x04, 0, 3, 1, 2, 3]), client("192.0.2.1")),
            (binary(0x21, 0x11, ipv4 + Array(repeating: 7, count: 4_068)), client("192.0.2.1")),
            (binary(0x21, 0x31, Array(repeating: 0, count: 216)), .unixClient),
            (binary(0x20, 0x00, []), .nobody), (binary(0x20, 0x11, ipv4), .nobody),
            (binary(0x20, 0xFF, [1, 2]), .nobody),
            (binary(0x21, 0x00, []), .nobody), (binary(0x21, 0x00, [1, 2, 3]), .nobody),
        ] as [([UInt8], ProxyHeader?)])
    func good(bytes: [UInt8], expected: ProxyHeader?) throws {
        let header = try #require(expected)
        #expect(receive(bytes + Array("GET /".utf8)) == .header(header, consumed: bytes.count))
        var reader = ProxyHeaderReader()
        for byte in bytes.dropLast() {
            let action = [byte].withUnsafeBytes { reader.received($0) }
            #expect(action == .needMore)
        }
        let last = bytes.suffix(1).withUnsafeBytes { reader.received($0) }
        #expect(last == .header(header, consumed: 1))
        let behind = [0x47].withUnsafeBytes { reader.received($0) }
        #expect(behind == .failed)
    }

    @Test(
        "fails if the header is missing or invalid",
        arguments: [
            Array("GET / HTTP/1.1\r\n".utf8), [0x16, 0x03, 0x01], Array("PROXX".utf8), line("PROXY"),
            line("proxy TCP4 a b 1 2"),
            line("PROXY  TCP4 192.0.2.1 192.0.2.2 1 2"), line("PROXY TCP4  192.0.2.1 192.0.2.2 1 2"),
            line("PROXY TCP4 192.0.2.1 192.0.2.2 1 2 "), line("PROXY TCP4 192.0.2.1 192.0.2.2 1"),
            line("PROXY TCP4 192.0.2.1 192.0.2.2 01 2"), line("PROXY TCP4 192.0.2.1 192.0.2.2 65536 2"),
            line("PROXY TCP4 192.0.2.1 192.0.2.2 -1 2"), line("PROXY TCP4 192.0.2.01 192.0.2.2 1 2"),
            line("PROXY TCP4 ::1 ::2 1 2"), line("PROXY TCP6 192.0.2.1 192.0.2.2 1 2"),
            line("PROXY TCP6 ::1 192.0.2.2 1 2"),
            line("PROXY TCP5 192.0.2.1 192.0.2.2 1 2"), line("PROXY UNKNOWNS"), line("PROXY TCP4"),
            Array("PROXY TCP4 192.0.2.1 192.0.2.2 1 2\n".utf8), Array("PROXY \n".utf8),
            Array("PROXY UNKNOWN ".utf8) + Array(repeating: 0x78, count: 100),
            signature.dropLast() + [0x0B], binary(0x11, 0x11, ipv4), binary(0x22, 0x11, ipv4), binary(0x31, 0x11, ipv4),
            binary(0x21, 0x11, Array(ipv4.dropLast())), binary(0x21, 0x21, Array(ipv6.dropLast())),
            binary(0x21, 0x31, Array(repeating: 0, count: 215)), binary(0x21, 0x41, ipv4), binary(0x21, 0x13, ipv4),
            binary(0x21, 0x11, [], length: 4_081), binary(0x21, 0x11, [], length: 65_535),
        ] as [[UInt8]])
    func bad(bytes: [UInt8]) {
        #expect(receive(bytes) == .failed)
        var reader = ProxyHeaderReader()
        var actions: [Action] = []
        for byte in bytes { actions.append([byte].withUnsafeBytes { reader.received($0) }) }
        #expect(actions.last == .failed)
        #expect(actions.allSatisfy { $0 == .needMore || $0 == .failed })
    }

    @Test("fails at the first byte that cannot belong to a header", arguments: ["G", "\u{16}", "PQ", "\r\r"])
    func early(text: String) {
        #expect(receive(Array(text.utf8)) == .failed)
    }

    @Test(
        "waits for the rest",
        arguments: [[], Array("PROXY TCP4 1".utf8), signature, binary(0x21, 0x11, [1, 2], length: 12)])
    func partial(bytes: [UInt8]) {
        #expect(receive(bytes) == .needMore)
    }
}

extension String {
    /// The longest line of version 1, which has addresses with eight full groups.
    fileprivate var replacingDots: String {
        split(separator: " ").map {
            $0.contains("...") ? Array(repeating: "ffff", count: 8).joined(separator: ":") : String($0)
        }
        .joined(separator: " ")
    }
}
