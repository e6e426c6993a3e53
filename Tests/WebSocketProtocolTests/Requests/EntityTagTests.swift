import Testing
import WebSocketProtocol

@Suite("An entity tag")
struct EntityTagTests {
    private func isListed(_ tag: String, _ lines: String...) throws -> Bool {
        var headers = HTTPHeaders()
        for line in lines { try headers.add(name: "If-None-Match", value: line) }
        return EntityTag.isListed(tag, in: headers)
    }

    @Test(
        "is found in a list by weak comparison",
        arguments: [
            (#""a""#, true), (#"W/"a""#, true), (#""b", "a""#, true), (#""b" ,, W/"a" , "c""#, true), ("*", true),
            (#""a,b", "a""#, true), (#""a"#, false), (#"a"#, false), (#"w/"a""#, false), (#""b""#, false), ("", false),
            (#""A""#, false), (#""b" x "a""#, false), (#""*""#, false), (#"W/ "a""#, false), (#""b,a""#, false),
        ])
    func lists(line: String, isFound: Bool) throws {
        #expect(try isListed(#""a""#, line) == isFound)
        #expect(try isListed(#"W/"a""#, line) == isFound)
    }

    @Test("is found in any of several lines, but a star must be alone")
    func lines() throws {
        #expect(try isListed(#""a""#, #""b""#, #""a""#) && !isListed(#""a""#, "*", #""b""#))
        #expect(try !isListed(#""a""#))
    }

    @Test("of a body is equal for equal bytes, and differs for other bytes")
    func bodies() {
        // Half of the output of `printf abc | sha256sum`.
        #expect(EntityTag.strong(of: Array("abc".utf8)) == "\"ba7816bf8f01cfea414140de5dae2223\"")
        #expect(EntityTag.strong(of: []) != EntityTag.strong(of: [0]))
    }
}
