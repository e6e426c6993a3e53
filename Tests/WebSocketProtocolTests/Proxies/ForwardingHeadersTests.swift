import Testing
import WebSocketProtocol

@Suite("A proxy's headers")
struct ForwardingHeadersTests {
    private func headers(_ name: String, _ values: [String]) throws -> HTTPHeaders {
        var headers = HTTPHeaders()
        for value in values { try headers.add(name: name, value: value) }
        return headers
    }

    private static func hop(_ address: String, _ scheme: String? = nil) -> ForwardedHop {
        ForwardedHop(IPAddress(address).map { .address($0) } ?? .malformed, scheme: scheme)
    }

    @Test(
        "list addresses in X-Forwarded-For, in one line or several",
        arguments: [
            (["192.0.2.1"], [hop("192.0.2.1")]),
            (["192.0.2.1, 10.0.0.1", "::1"], [hop("192.0.2.1"), hop("10.0.0.1"), hop("::1")]),
            ([" 192.0.2.1 ,, 10.0.0.1,"], [hop("192.0.2.1"), hop("10.0.0.1")]),
            (["192.0.2.1:5678"], [hop("192.0.2.1")]),
            (["[2001:db8::1]:80"], [hop("2001:db8::1")]), (["[2001:db8::1]"], [hop("2001:db8::1")]), ([], []),
            ([""], []),
            (["unknown, _secret"], [ForwardedHop(.hidden), ForwardedHop(.hidden)]),
            (
                ["evil", "1.2.3.4:x", "[192.0.2.1", "1.2.3.4:99999", "\"1.2.3.4\""],
                Array(repeating: ForwardedHop(.malformed), count: 5)
            ),
        ] as [([String], [ForwardedHop])])
    func forwardedFor(lines: [String], expected: [ForwardedHop]) throws {
        #expect(try ForwardingHeaders.forwardedFor.hops(in: headers("X-Forwarded-For", lines)) == expected)
    }

    @Test(
        "have the scheme in X-Forwarded-Proto",
        arguments: [("https", "https"), ("HTTP", "http"), ("wss", "https"), ("http, https", "https"), ("gopher", nil)])
    func scheme(value: String, expected: String?) throws {
        var headers = try headers("X-Forwarded-For", ["192.0.2.1"])
        try headers.add(name: "x-forwarded-proto", value: value)
        #expect(ForwardingHeaders.forwardedFor.hops(in: headers) == [Self.hop("192.0.2.1", expected)])
        #expect(ForwardingHeaders.forwarded.hops(in: headers) == [])
    }

    @Test(
        "list hops in Forwarded",
        arguments: [
            (["for=192.0.2.1"], [hop("192.0.2.1")]),
            (["For=\"192.0.2.1:80\";Proto=HTTPS"], [hop("192.0.2.1", "https")]),
            (
                ["for=192.0.2.1, for=\"[2001:db8::1]:4711\";by=_x", "for=::1"],
                [hop("192.0.2.1"), hop("2001:db8::1"), hop("::1")]
            ),
            (["by=10.0.0.1;host=a"], [ForwardedHop(.hidden)]),
            (["for=unknown", "for=\"_x\""], [ForwardedHop(.hidden), ForwardedHop(.hidden)]),
            (["for=192.0.2.1;host=\"a:\\\"d\\\"\" , for=10.0.0.1"], [hop("192.0.2.1"), hop("10.0.0.1")]),
            (["", ",,", "for=192.0.2.1;;,"], [hop("192.0.2.1")]), (["for=evil.example"], [ForwardedHop(.malformed)]),
            ([], []),
        ] as [([String], [ForwardedHop])])
    func forwarded(lines: [String], expected: [ForwardedHop]) throws {
        #expect(try ForwardingHeaders.forwarded.hops(in: headers("Forwarded", lines)) == expected)
    }

    @Test(
        "are malformed if a quote or a pair is incomplete",
        arguments: [
            "for=\"192.0.2.1, for=10.0.0.1", "for=\"192.0.2.1\\", "for", "for=", "=x", "for=1.2.3.4;for=1.2.3.4",
            "for =1.2.3.4",
            "for= 1.2.3.4", "for=1.2.3.4 x", "for=\"a\"b", "for=1.2.3.4\u{7f}", "fo(r=1",
            // A client leaves a quote open, and closes it in the host that the proxy repeats.
            "for=6.6.6.6;x=\", for=127.0.0.2;proto=https;host=\";y=\"z\"",
            "for=1.2.3.4;x=\"a,b\"", "for=1.2.3.4;x=\"a;b\"", "for=1.2.3.4;x=\"a=b\"", "for=1.2.3.4;x=\"a\\;b\"",
        ])
    func malformed(line: String) {
        let headers = HTTPHeaders(validated: [("Forwarded", line)])
        #expect(ForwardingHeaders.forwarded.hops(in: headers) == nil)
    }

    @Test(
        "have the host with which the origin of a page is compared",
        arguments: [
            (.forwardedFor, "X-Forwarded-Host", "example.com:8443", "upgrade"),
            (.forwardedFor, "X-Forwarded-Host", "other.example", "403"),
            (.forwarded, "Forwarded", "host=\"example.com:8443\"", "upgrade"),
            (.forwarded, "Forwarded", "host=other", "403"),
            (.forwarded, "X-Forwarded-Host", "example.com:8443", "403"),
            (nil, "X-Forwarded-Host", "example.com:8443", "403"),
        ] as [(ForwardingHeaders?, String, String, String)])
    func host(forwarding: ForwardingHeaders?, name: String, value: String, outline: String) {
        var head = Head()
        head["Host"] = "127.0.0.1:5000"
        head["Origin"] = "https://example.com:8443"
        head[name] = value
        var handshake = ServerHandshake(forwarding: forwarding)
        let action = handshake.receive(head.bytes)
        #expect(action.outline == outline)
    }

    @Test("need only the information that nginx sends: the host without its port, and TLS at the proxy")
    func nginx() {
        var head = Head()
        head["Host"] = "example.com"
        head["Origin"] = "https://example.com"
        var handshake = ServerHandshake(forwarding: .forwardedFor)
        let action = handshake.receive(head.bytes)
        #expect(action.outline == "upgrade")
    }
}
