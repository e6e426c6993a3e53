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

    @Test("admits null only where it is listed, or where all are")
    func null() {
        var head = Head()
        head["Origin"] = "null"
        #expect(head.request(origins: .allow(["null"])) != nil)
        #expect(head.request(origins: .any) != nil)
        #expect(head.request(origins: .allow([])) == nil)
    }

    @Test("admits a client that names no origin", arguments: [OriginPolicy.sameHost, .allow([]), .any])
    func absent(policy: OriginPolicy) {
        var head = Head()
        head["Origin"] = nil
        #expect(head.request(origins: policy) != nil)
    }
}
