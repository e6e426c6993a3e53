import Testing
import Webshocket

@Suite("What one subscribes to")
struct ChannelSelectorTests {
    private func fault(_ text: String, _ syntax: PatternSyntax = .segments) -> String? {
        do {
            _ = try ChannelSelector(text, syntax: syntax, limits: ChannelNameLimits())
            return nil
        } catch {
            return error.code == .invalidParameters ? error.message : "\(error.code)"
        }
    }

    private func nameFault(_ text: String, _ syntax: PatternSyntax = .segments) -> String? {
        do {
            try ChannelSelector.checkName(text, syntax: syntax, limits: ChannelNameLimits())
            return nil
        } catch {
            return error.code == .invalidParameters ? error.message : "\(error.code)"
        }
    }

    @Test("is a channel if there is no wildcard", arguments: [PatternSyntax.segments, .globs])
    func names(syntax: PatternSyntax) throws {
        for name in ["news", "news.sport/tennis:1", "a..b", ".", "é 1", "{a}!"] {
            let selector = try ChannelSelector(name, syntax: syntax, limits: ChannelNameLimits())
            #expect(selector == .channel(name) && selector.text == name)
            #expect(nameFault(name, syntax) == nil)
        }
    }

    @Test("is a pattern if there is one, and is then no name")
    func patterns() {
        for text in ["*", "a.*", "**", "a/**:b"] {
            #expect(PatternSyntax.segments.pattern(text)?.text == text)
            #expect(nameFault(text) == "channel '\(text)': a channel name must not contain '*'; only patterns may")
        }
        for (text, wildcard) in [("a*", "*"), ("a?", "?"), ("[a", "["), ("a]", "]")] {
            #expect(PatternSyntax.globs.pattern(text)?.text == text)
            #expect(
                nameFault(text, .globs)
                    == "channel '\(text)': a channel name must not contain '\(wildcard)'; only patterns may")
        }
        #expect(fault("a?[b]") == nil && nameFault("a?[b]") == nil)
    }

    @Test("has wildcards as whole segments only", arguments: ["new*", "*a", "a*b", "***", "****", "**a", "*é"])
    func strayStars(segment: String) {
        let text = "x.\(segment)/**"
        #expect(fault(text) == "channel '\(text)': '*' and '**' must be whole segments (got '\(segment)')")
        #expect(nameFault(segment) == "channel '\(segment)': a channel name must not contain '*'; only patterns may")
    }

    @Test("is not empty, and has no control characters", arguments: [PatternSyntax.segments, .globs])
    func characters(syntax: PatternSyntax) {
        #expect(fault("", syntax) == "the channel name is empty")
        #expect(nameFault("", syntax) == "the channel name is empty")
        for scalar in ["\0", "\n", "\u{1B}", "\u{7F}", "\u{80}", "\u{9F}"] as [Unicode.Scalar] {
            let shown = "channel 'a\\u{\(String(scalar.value, radix: 16))}*': control characters are not allowed"
            #expect(fault("a\(scalar)*", syntax) == shown)
            #expect(nameFault("a\(scalar)*", syntax) == shown)
        }
        #expect(fault("\u{A0}\u{2028}", syntax) == nil)
    }

    @Test("has 256 bytes at most", arguments: [PatternSyntax.segments, .globs])
    func bytes(syntax: PatternSyntax) {
        let longest = "é" + String(repeating: "a", count: 252) + ".*"
        let cut = String(longest.prefix(64))
        let refusal = "channel '\(cut)…': at most 256 bytes are allowed (got 257)"
        #expect(fault(longest, syntax) == nil)
        #expect(fault(longest.replacing(".*", with: "a.*"), syntax) == refusal)
        let name = longest.replacing("*", with: "a")
        #expect(nameFault(name, syntax) == nil)
        #expect(nameFault(name + "a", syntax) == refusal)
        let breaks = String(repeating: "\\u{a}", count: 64)
        #expect(
            fault(String(repeating: "\n", count: 300), syntax)
                == "channel '\(breaks)…': at most 256 bytes are allowed (got 300)")
    }

    @Test(
        "has 8 wildcards at most",
        arguments: [
            (PatternSyntax.segments, "*.**.*.*.*.*.*.**", ".*"), (.globs, "*a*a*?[a]??*", "?"),
            (.globs, "???????*****", "a*"), (.globs, "????????]", "[a]"), (.globs, "[a][a][a][a][a][a][!a][]][]", "]"),
        ])
    func wildcards(syntax: PatternSyntax, most: String, more: String) {
        #expect(fault(most, syntax) == nil)
        #expect(fault(most + more, syntax) == "channel '\(most + more)': at most 8 wildcards are allowed (got 9)")
    }

    @Test("has 16 segments at most, if it is a pattern of them")
    func segments() {
        let most = "*" + String(repeating: ".a", count: 15)
        #expect(fault(most) == nil)
        #expect(fault(most + ":") == "channel '\(most):': a pattern may have at most 16 segments (got 17)")
        #expect(fault(most + ".a", .globs) == nil)
        #expect(fault(String(most.dropFirst()) + ".a.a") == nil)
    }
}
