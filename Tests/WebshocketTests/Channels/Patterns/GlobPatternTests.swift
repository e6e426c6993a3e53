import Testing
import Webshocket

@Suite("Globs")
struct GlobPatternTests {
    /// A pattern, names that match it in Python 3.11 (`re.match(fnmatch.translate(pattern), name)`), and names that do
    /// not.
    static let table: [(pattern: String, matching: [String], others: [String])] = [
        ("news.*", ["news.", "news.sport", "news.sport.tennis"], ["news", "News.a"]),
        ("*", ["a", "a.b/c"], []),
        ("**", ["a"], []),
        ("a**b*", ["ab", "axbc"], ["ba"]),
        ("?", ["a", "é", "🎾"], ["e\u{301}", "ab"]),
        ("a?c", ["abc", "a.c", "a/c"], ["ac"]),
        ("[abc]", ["a", "c"], ["d", "ab"]),
        ("[!abc]", ["d", "é", "!"], ["a"]),
        ("[a-c]x", ["bx"], ["dx", "-x"]),
        ("[]]", ["]"], ["a"]),
        ("[]-a]", ["]", "^", "`", "a"], ["b", "-"]),
        ("[!]a]", ["b"], ["]", "a"]),
        ("[", ["["], ["a"]),
        ("[abc", ["[abc"], ["a"]),
        ("a[", ["a["], ["a"]),
        ("[!", ["[!"], ["a"]),
        ("[]", ["[]"], ["]"]),
        ("[!]", ["[!]"], ["a"]),
        ("a]", ["a]"], ["a"]),
        ("]", ["]"], []),
        ("[z-a]", [], ["z", "a", "-", "b"]),
        ("[!z-a]", ["z", "-"], []),
        ("[a-cz-b]", ["a", "b", "c"], ["z", "-"]),
        ("[a-cz-by]", ["a", "c", "y"], ["z"]),
        ("[z-a!b]", ["!", "a", "c"], ["b"]),
        ("[z-a!-x]", ["!", "a"], ["-", "x"]),
        ("[z-a^b]", ["^", "b"], ["a"]),
        ("[-a]", ["-", "a"], ["b"]),
        ("[a-]", ["a", "-"], ["b"]),
        ("[!-a]", ["b"], ["-", "a"]),
        ("[!a-]", ["b"], ["-", "a"]),
        ("[--0]", ["-", ".", "/", "0"], ["1"]),
        ("[a-c-e]", ["a", "b", "c", "-", "e"], ["d"]),
        ("[a-b-c-d]", ["a", "c", "-", "d"], []),
        ("[+--]", ["+", ",", "-"], ["."]),
        ("[^a]", ["^", "a"], ["b"]),
        ("[a^]", ["^", "a"], []),
        ("[[]", ["["], ["a"]),
        ("[[a]", ["[", "a"], []),
        ("[\\]", ["\\"], ["a"]),
        ("[\\d]", ["\\", "d"], ["1"]),
        ("[a-\\]", [], ["a", "\\", "b"]),
        ("[A-\\]", ["A", "\\", "["], []),
        ("[&&~~||]", ["&", "~", "|"], ["a"]),
        ("[a&&b]", ["a", "&", "b"], []),
        ("\\*", ["\\", "\\a"], ["*"]),
        ("a.b]", ["a.b]"], ["axb]", "a.b"]),
        ("(a|b)*", ["(a|b)"], ["a"]),
        ("$*", ["$"], ["a"]),
        ("^*", ["^"], ["a"]),
        ("*.?.*", ["a.b.c", "..."], ["a.bb.c"]),
        ("*a*a*", ["aa", "bacada"], ["a", "bab"]),
        ("*é*", ["café"], ["cafe\u{301}"]),
        ("[é-ü]", ["ê", "é"], ["z"]),
        ("[!é]", ["e"], ["é"]),
        ("*[0-9][0-9]", ["room42", "42"], ["room4"]),
        ("a*b*c", ["abc", "abcbc"], ["acb"]),
        ("[*]", ["*"], ["a"]),
        ("[?]", ["?"], ["a"]),
        ("x[*?]y", ["x*y", "x?y"], ["xay"]),
        ("[a-a]", ["a"], ["b"]),
        ("[!-]", ["a"], ["-"]),
        ("[-]", ["-"], ["a"]),
        ("[!!]", ["a"], ["!"]),
    ]

    @Test("match the same names as in Python", arguments: table)
    func names(pattern: String, matching: [String], others: [String]) throws {
        let pattern = try #require(PatternSyntax.globs.pattern(pattern))
        #expect(matching.filter { !pattern.matches($0) } == [])
        #expect(others.filter(pattern.matches) == [])
    }

    @Test("are recognized by the same characters as in Python", arguments: ["*", "a?", "[a]", "[", "a]"])
    func isPattern(text: String) {
        #expect(PatternSyntax.globs.pattern(text) != nil)
    }

    @Test("match names of any length", arguments: [62, 63, 64, 65, 127, 128, 129, 250, 256, 1_000])
    func longNames(length: Int) throws {
        let name = String(repeating: "a", count: length)
        for text in ["a*a", "a*aa*?a*[a-c]*a", "*a", "a*", "?*a*a", "*[!b]"] {
            let pattern = try #require(PatternSyntax.globs.pattern(text))
            #expect(pattern.matches(name), "\(text)")
            #expect(!pattern.matches(name + "b") || text == "a*", "\(text)")
        }
        let exact = try #require(
            try? ChannelSelector(
                "[a]" + String(name.dropFirst()), syntax: .globs, limits: ChannelNameLimits(bytes: 2_000)))
        guard case .pattern(let pattern) = exact else { return }
        #expect(pattern.matches(name) && !pattern.matches(name + "a") && !pattern.matches(String(name.dropLast())))
    }

    @Test("with many wildcards are matched without exponential backtracking")
    func hostile() throws {
        let pattern = try #require(PatternSyntax.globs.pattern("a*a*a*a*a*a*a*a*b"))
        let name = String(repeating: "a", count: 250)
        #expect(!pattern.matches(name))
        #expect(pattern.matches(name + "b"))
    }

    @Test(
        "cover patterns that match a subset of their names",
        arguments: [
            ("news.*", "news.s*", true), ("news.s*", "news.*", false), ("*", "**", true), ("*", "a?[bc]", true),
            ("?", "[bc]", true), ("?", "*", false), ("*a*", "?a?", true), ("?a*", "*a*", false),
            ("[a-c]", "[ab]", true), ("[a-c]", "[a-d]", false), ("[!b]", "[ac]", true), ("[!b]", "?", false),
            ("a[", "a[", true), ("a*b*c", "a*bb*c", true), ("a*b*c", "a*c", false), ("[a]", "[a-a]", true),
        ])
    func covers(outer: String, inner: String, does: Bool) throws {
        let outer = try #require(PatternSyntax.globs.pattern(outer))
        let inner = try #require(PatternSyntax.globs.pattern(inner))
        #expect(outer.covers(inner) == does)
    }
}
