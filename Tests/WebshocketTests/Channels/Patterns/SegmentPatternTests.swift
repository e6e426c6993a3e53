import Testing
import Webshocket

@Suite("Patterns of segments")
struct SegmentPatternTests {
    static let table: [(pattern: String, matching: [String], others: [String])] = [
        ("a.*", ["a.b", "a."], ["a", "a.b.c", "a/b", "b.b", ".a.b", "A.b"]),
        ("*", ["a", "é"], ["a.b", "a/", "."]),
        ("*.b", ["a.b", ".b"], ["b", "a/b", "a.a.b"]),
        ("*/*:*", ["a/b:c", "/:"], ["a/b/c", "a:b:c", "a/b"]),
        ("a.*.c", ["a.b.c", "a..c"], ["a.c", "a.b.b.c", "a/b.c", "a.b/c"]),
        ("**", ["a", "a.b", "a/b:c", ".", ":::"], []),
        ("a.**", ["a", "a.b", "a.b/c", "a/b", "a:"], ["ab", "b.a", ".a"]),
        ("a/**", ["a", "a.b", "a/b"], ["b"]),
        ("**.b", ["b", "x.b", "x/y.b", ".b", "b.b"], ["x/b", "b.x", "xb", "b."]),
        ("**/b", ["b", "x/b", "x.y/b"], ["x.b"]),
        ("a.**.b", ["a.b", "a.x.b", "a.x/y.b", "a/x.b", "a.b.b"], ["a/b", "a", "b", "a.x/b", "ab"]),
        ("a.**/b", ["a/b", "a.x/b"], ["a.b"]),
        ("**.**", ["a", "a.b", "a/b"], []),
        ("**.*", ["a", "a.b", "a/b.c"], ["a/b"]),
        ("*.**", ["a", "a.b", "a/b"], []),
        ("**.a.**", ["a", "a.b", "b.a", "b.a/c", "x:y.a"], ["b", "x/a", "aa"]),
        ("**.a.*.**.b", ["a.x.b", "y.a.x.z/z.b", "a.a.a.b"], ["a.b", "a/x.b", "a.x/b"]),
        ("**.**.**.a", ["a", "x.a", "x/y/z.a"], ["x/a"]),
        ("a?.[b].*", ["a?.[b].c"], ["ax.b.c"]),
    ]

    @Test("match names by their segments", arguments: table)
    func names(pattern: String, matching: [String], others: [String]) throws {
        let pattern = try #require(PatternSyntax.segments.pattern(pattern))
        #expect(matching.filter { !pattern.matches($0) } == [])
        #expect(others.filter(pattern.matches) == [])
    }

    @Test("distinguish canonically equivalent texts")
    func exactness() throws {
        let pattern = try #require(PatternSyntax.segments.pattern("caf\u{E9}.*"))
        #expect(pattern.matches("caf\u{E9}.a") && !pattern.matches("cafe\u{301}.a"))
        #expect(pattern != PatternSyntax.segments.pattern("cafe\u{301}.*"))
        var index = PatternIndex<Int>(syntax: .segments)
        index[pattern] = 1
        #expect(try index[#require(PatternSyntax.segments.pattern("cafe\u{301}.*"))] == nil)
        index.forEachMatch(of: "cafe\u{301}.a") { _ in Issue.record("no match") }
    }

    @Test("differ from globs with the same text")
    func syntaxes() throws {
        let segments = try #require(PatternSyntax.segments.pattern("**"))
        let globs = try #require(PatternSyntax.globs.pattern("**"))
        #expect(segments != globs && !segments.covers(globs) && !globs.covers(segments))
    }

    @Test(
        "cover patterns that match a subset of their names",
        arguments: [
            ("news.**", "news.*", true), ("news.*", "news.**", false), ("news.**", "news.**.a", true),
            ("**", "a.*.**", true), ("*", "**", false), ("a.**", "a/**", true), ("a.*", "a/*", false),
            ("**.b", "*.b", true), ("**.b", "*/b", false), ("*.b", "**.b", false), ("**.*", "*", true),
            ("**.*", "**/*", false), ("a.**.b", "a.*.*.b", true), ("a.*.**", "a.**", false),
            ("a.*", "a.b.*", false), ("**.a", "**.**.a", true), ("a.*", "b.*", false),
        ])
    func covers(outer: String, inner: String, does: Bool) throws {
        let outer = try #require(PatternSyntax.segments.pattern(outer))
        let inner = try #require(PatternSyntax.segments.pattern(inner))
        #expect(outer.covers(inner) == does)
    }
}
