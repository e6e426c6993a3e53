import Testing
import WebSocketProtocol

@Suite("Cookies")
struct CookiesTests {
    @Test(
        "are read from every Cookie header",
        arguments: [
            (["session=abc; theme=dark"], [["session", "abc"], ["theme", "dark"]]),
            (["a=1", "b=2"], [["a", "1"], ["b", "2"]]),
            ([#"quoted="x y"; half="z"#], [["quoted", "x y"], ["half", "\"z"]]),
            (["=nameless; alone; ;; spaced = v "], [["spaced", "v"]]),
            (["token=a=b=="], [["token", "a=b=="]]),
        ])
    func reading(lines: [String], cookies: [[String]]) throws {
        var headers = HTTPHeaders()
        for line in lines { try headers.add(name: "cookie", value: line) }
        #expect(Cookies(headers).map { [$0.name, $0.value] } == cookies)
    }

    @Test("return the first value of a name")
    func lookingUp() throws {
        var headers = HTTPHeaders()
        try headers.add(name: "Cookie", value: "a=1; a=2")
        #expect(Cookies(headers)["a"] == "1")
        #expect(Cookies(headers)["A"] == nil)
    }
}
