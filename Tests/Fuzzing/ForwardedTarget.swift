import WebSocketProtocol

/// Fuzzes the headers in which a trusted proxy names its client: X-Forwarded-For and Forwarded.
enum ForwardedTarget: FuzzTarget {
    static let name = "forwarded"

    static let seeds = [
        seed(0, then: "192.0.2.1, 10.0.0.1:80, [2001:db8::1]:443, unknown".utf8),
        seed(1, then: "for=192.0.2.1;proto=https;by=_x, for=\"[2001:db8::1]:4711\";host=\"a\\\"b\"".utf8),
    ]

    static let words = [
        "for=", "proto=https", "host=", "by=", "\"", "\\", ";", ", ", "192.0.2.1", "[2001:db8::1]", ":80", "unknown",
        "_x",
        "::ffff:1.2.3.4",
    ].map { Array($0.utf8) }

    static func run(_ input: UnsafeRawBufferPointer) {
        var choices = Choices(input)
        let forwarding: ForwardingHeaders = choices.next() % 2 == 0 ? .forwardedFor : .forwarded
        let text = String(decoding: choices.rest, as: UTF8.self)
        let headers = HTTPHeaders(validated: [("X-Forwarded-For", text), ("Forwarded", text)])
        guard let hops = forwarding.hops(in: headers) else { return }
        check(hops.count <= text.utf8.count / 2 + 1, "each hop takes at least a character and a comma")
        for hop in hops {
            check(hop.scheme == nil || hop.scheme == "https" || hop.scheme == "http", "the scheme is http or https")
            guard case .address(let address) = hop.node else { continue }
            check(IPAddress(address.description) == address, "an address survives a round trip through text")
        }
    }
}
