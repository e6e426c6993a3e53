import Testing
import WebSocketProtocol

@Suite("An origin policy")
struct OriginPolicyTests {
    struct Case: CustomTestStringConvertible, Sendable {
        let origin: String
        let host: String
        let isAdmitted: Bool
        var testDescription: String { "\(origin) at \(host)" }
    }

    static let sameHost = [
        Case(origin: "http://example.com", host: "example.com", isAdmitted: true),
        Case(origin: "https://example.com", host: "example.com", isAdmitted: true),
        Case(origin: "HTTP://EXAMPLE.com", host: "Example.COM", isAdmitted: true),
        Case(origin: "http://example.com", host: "example.com:80", isAdmitted: true),
        Case(origin: "https://example.com:443", host: "example.com", isAdmitted: true),
        Case(origin: "http://localhost:5000", host: "localhost:5000", isAdmitted: true),
        Case(origin: "http://[::1]:5000", host: "[::1]:5000", isAdmitted: true),
        Case(origin: "https://example.com", host: "example.com:80", isAdmitted: false),
        Case(origin: "http://localhost:5001", host: "localhost:5000", isAdmitted: false),
        Case(origin: "http://localhost", host: "localhost:5000", isAdmitted: false),
        Case(origin: "http://example.com.evil.org", host: "example.com", isAdmitted: false),
        Case(origin: "http://evilexample.com", host: "example.com", isAdmitted: false),
        Case(origin: "http://www.example.com", host: "example.com", isAdmitted: false),
        Case(origin: "http://example.com@evil.org", host: "example.com", isAdmitted: false),
        Case(origin: "http://example.com/", host: "example.com", isAdmitted: false),
        Case(origin: "http://example.com http://example.com", host: "example.com", isAdmitted: false),
        Case(origin: "capacitor://example.com", host: "example.com", isAdmitted: false),
        Case(origin: "file://", host: "example.com", isAdmitted: false),
        Case(origin: "null", host: "null", isAdmitted: false),
        Case(origin: "", host: "example.com", isAdmitted: false),
        Case(origin: "http://[0:0::0001]:5000", host: "[::1]:5000", isAdmitted: true),
        Case(origin: "http://[::1]:5000", host: "[0:0:0:0:0:0:0:1]:5000", isAdmitted: true),
        Case(origin: "http://[::2]:5000", host: "[::1]:5000", isAdmitted: false),
        Case(origin: "http://[::1]", host: "[::1]:5000", isAdmitted: false),
        Case(origin: "http://[::ffff:127.0.0.1]", host: "127.0.0.1", isAdmitted: false),
        Case(origin: "http://example.com.", host: "example.com.", isAdmitted: true),
        Case(origin: "http://example.com.", host: "example.com", isAdmitted: false),
        Case(origin: "http://example.com", host: "example.com.", isAdmitted: false),
        Case(origin: "http://user@example.com", host: "example.com", isAdmitted: false),
        Case(origin: "http://user:pw@example.com", host: "example.com", isAdmitted: false),
        Case(origin: "http://evil.org#example.com", host: "example.com", isAdmitted: false),
        Case(origin: "http://evil.org?example.com", host: "example.com", isAdmitted: false),
        Case(origin: "http://evil.org\\example.com", host: "example.com", isAdmitted: false),
        Case(origin: "http://example.com,http://evil.org", host: "example.com", isAdmitted: false),
        Case(origin: "http://example.com:080", host: "example.com", isAdmitted: true),
        Case(origin: "http://example.com:65616", host: "example.com", isAdmitted: false),
        Case(origin: "http://example.com:+80", host: "example.com", isAdmitted: false),
        Case(origin: "http:example.com", host: "example.com", isAdmitted: false),
        Case(origin: "http:/example.com", host: "example.com", isAdmitted: false),
        Case(origin: "//example.com", host: "example.com", isAdmitted: false),
        Case(origin: "example.com", host: "example.com", isAdmitted: false),
        Case(origin: "http://ex%61mple.com", host: "example.com", isAdmitted: false),
        Case(origin: "http://examp\u{142}e.com", host: "example.com", isAdmitted: false),
        Case(origin: "Null", host: "null", isAdmitted: false),
        Case(origin: "blob:http://example.com", host: "example.com", isAdmitted: false),
        Case(origin: "chrome-extension://example.com", host: "example.com", isAdmitted: false),
    ]

    @Test("of the same host compares whole authorities", arguments: sameHost)
    func comparesHost(_ page: Case) {
        var head = Head()
        head["Origin"] = page.origin
        head["Host"] = page.host
        #expect((head.request(origins: .sameHost) != nil) == page.isAdmitted)
        var handshake = ServerHandshake(origins: .sameHost)
        if !page.isAdmitted { #expect(handshake.receive(head.bytes).outline == "403") }
    }

    @Test(
        "of the same host refuses pages without TLS if the request uses TLS",
        arguments: [
            ("https://example.com", "example.com", true), ("http://example.com", "example.com", false),
            ("http://example.com:443", "example.com:443", false), ("https://example.com", "example.com:443", true),
            ("http://localhost:5000", "localhost:5000", false), ("https://localhost:5000", "localhost:5000", true),
            ("https://example.com:80", "example.com", false),
        ])
    func secure(origin: String, host: String, isAdmitted: Bool) {
        var head = Head()
        head["Origin"] = origin
        head["Host"] = host
        var handshake = ServerHandshake(isSecure: true)
        #expect(handshake.receive(head.bytes).outline == (isAdmitted ? "upgrade" : "403"))
        for (forwarding, name, value) in [
            (ForwardingHeaders.forwardedFor, "X-Forwarded-Proto", "https"),
            (.forwarded, "Forwarded", "for=_a;proto=https"),
        ] {
            var head = head
            head[name] = value
            var behindProxy = ServerHandshake(forwarding: forwarding)
            #expect(behindProxy.receive(head.bytes).outline == (isAdmitted ? "upgrade" : "403"))
            // Without a trusted proxy, these headers are ignored.
            var direct = ServerHandshake(origins: .allow([origin]))
            #expect(direct.receive(head.bytes).outline == "upgrade")
        }
    }

    @Test(
        "of the same host uses the host that a trusted proxy reports",
        arguments: [
            ("https://example.com", true), ("https://inner:5000", false), ("https://example.com.evil.org", false),
            ("https://example.com:8443", false), ("null", false),
        ])
    func behindProxy(origin: String, isAdmitted: Bool) {
        var head = Head()
        head["Host"] = "inner:5000"
        head["Origin"] = origin
        head["X-Forwarded-Host"] = "example.com"
        head["X-Forwarded-Proto"] = "https"
        var handshake = ServerHandshake(forwarding: .forwardedFor)
        #expect(handshake.receive(head.bytes).outline == (isAdmitted ? "upgrade" : "403"))
    }

    static let entries: [(entry: String, admitted: [String], refused: [String])] = [
        (
            "https://*.example.org",
            ["https://a.example.org", "https://a.b.example.org", "https://A.Example.ORG", "https://a.example.org:443"],
            [
                "https://example.org", "http://a.example.org", "https://a.example.org:8443", "https://aexample.org",
                "https://a.example.org.evil.com", "https://.example.org", "https://a..example.org",
                "https://..example.org", "https://a.example.org.", "https://evil.com/.example.org",
                "https://evil.com#.example.org", "https://user@a.example.org", "wss://a.example.org", "null",
                "https://evil.com\\.example.org", "https://evil.com:443.example.org",
            ]
        ),
        (
            "http://*.localhost:8080", ["http://app.localhost:8080"],
            ["http://localhost:8080", "http://app.localhost", "https://app.localhost:8080"]
        ),
        ("https://[2001:db8::1]:5000", ["https://[2001:DB8:0::1]:5000"], ["https://[2001:db8::1]"]),
        ("HTTPS://Example.com:443", ["https://example.com"], ["https://www.example.com", "http://example.com"]),
        ("app://local", ["app://local", "APP://LOCAL"], ["app://local:80", "app://locale", "app://"]),
        (
            "file://", ["file://", "FILE://"],
            ["file:///", "file://x", "file:", "files://", "null", "https://other.example.evil"]
        ),
        ("app://", ["app://"], ["app://local", "app:", "app:///"]),
        (
            "chrome-extension://abcdefghijklmnopabcdefghijklmnop",
            ["chrome-extension://abcdefghijklmnopabcdefghijklmnop"],
            ["chrome-extension://", "chrome-extension://abcdefghijklmnopabcdefghijklmnoq"]
        ),
        ("null", ["null"], ["file://", "NULL"]),
    ]

    @Test("of a list matches entries exactly, and subdomains by wildcard", arguments: entries)
    func entry(_ entry: String, admitted: [String], refused: [String]) {
        let policy = OriginPolicy.allow(["https://other.example", entry])
        #expect(policy.strayEntry == nil)
        for origin in admitted + refused {
            var head = Head()
            head["Origin"] = origin
            #expect((head.request(origins: policy) != nil) == admitted.contains(origin), "\(origin)")
        }
    }

    @Test(
        "of a list reports entries that cannot match any origin",
        arguments: [
            "example.org", "*", "*.example.org", "https://", "https://*", "https://*.", "https://a.*.org",
            "https://ex*mple.org", "https://*.*.example.org", "https://example.org/", "https://example.org/chat",
            "https://*.0.0.1", "https://*.[::1]", "https://user@example.org", "", "any", "Null", "https://a b",
            "https://*example.org", "https://example.org:99999", "http://", "ws://", "wss://", "file:///", "file://*.",
            "://",
            "file:", "file", "*://", "*://example.org", "1a://", "a_b://x", "file:// ",
        ])
    func stray(entry: String) {
        #expect(OriginPolicy.allow(["https://example.org", "null", entry]).strayEntry == entry)
        var head = Head()
        head["Origin"] = entry
        #expect(head.request(origins: .allow([entry])) == nil)
    }

    @Test("of a list compares whole origins")
    func comparesList() {
        let policy = OriginPolicy.allow([
            "https://example.com", "http://localhost:8080", "capacitor://localhost", "junk",
        ])
        for (origin, isAdmitted) in [
            ("https://example.com", true), ("https://EXAMPLE.com:443", true), ("http://localhost:8080", true),
            ("capacitor://localhost", true), ("http://example.com", false), ("https://example.com:8443", false),
            ("https://example.com.evil.org", false), ("https://sub.example.com", false), ("junk", false),
            ("null", false), ("http://localhost", false),
        ] {
            var head = Head()
            head["Origin"] = origin
            #expect((head.request(origins: policy) != nil) == isAdmitted, "\(origin)")
        }
    }

    @Test("allows null only if null or every origin is allowed")
    func null() {
        var head = Head()
        head["Origin"] = "null"
        #expect(head.request(origins: .allow(["null"])) != nil)
        #expect(head.request(origins: .any) != nil)
        #expect(head.request(origins: .allow([])) == nil)
    }

    @Test("allows a client without an origin", arguments: [OriginPolicy.sameHost, .allow([]), .any])
    func absent(policy: OriginPolicy) {
        var head = Head()
        head["Origin"] = nil
        #expect(head.request(origins: policy) != nil)
    }
}
