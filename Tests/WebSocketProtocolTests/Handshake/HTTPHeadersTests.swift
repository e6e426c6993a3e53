import Testing
import WebSocketProtocol

@Suite("HTTP headers")
struct HTTPHeadersTests {
    @Test("keep their order, and are found case-insensitively")
    func lookUp() throws {
        var headers = HTTPHeaders()
        try headers.add(name: "Set-Cookie", value: "a=1")
        try headers.add(name: "X-Empty", value: "")
        try headers.add(name: "set-cookie", value: "b=2")
        #expect(headers["SET-COOKIE"] == "a=1")
        #expect(headers.values(of: "Set-cookie") == ["a=1", "b=2"])
        #expect(headers["X-Empty"] == "" && headers["X-Other"] == nil)
        #expect(headers.map(\.name) == ["Set-Cookie", "X-Empty", "set-cookie"])
        #expect(headers.count == 3 && !headers.isEmpty)
    }

    @Test("reject a name that is not a token", arguments: ["", "a b", "a:b", "a\r\nb", "a\u{0}", "ü", "a\tb", "(a)"])
    func badName(name: String) {
        var headers = HTTPHeaders()
        #expect(throws: InvalidHeader(part: .name)) { try headers.add(name: name, value: "1") }
        #expect(headers.isEmpty)
    }

    @Test(
        "reject a value with control characters", arguments: ["a\r\nX: 1", "\n", "\r", "a\u{0}", "\u{1B}[0m", "\u{7F}"])
    func badValue(value: String) {
        var headers = HTTPHeaders()
        #expect(throws: InvalidHeader(part: .value)) { try headers.add(name: "X", value: value) }
        #expect(headers.isEmpty)
    }

    @Test("accept tabs, quotes and text that is not ASCII")
    func goodValue() throws {
        var headers = HTTPHeaders()
        try headers.add(name: "X", value: "\"a\"\tü")
        #expect(headers["x"] == "\"a\"\tü")
    }
}
