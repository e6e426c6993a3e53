import Testing
import Webshocket

@Suite("Channel selectors")
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

    @Test("a text without wildcards is a channel", arguments: [PatternSyntax.segments, .globs])
    func names(syntax: PatternSyntax) throws {
        for name in ["news", "news.sport/tennis:1", "a..b", ".", "é 1", "{a}!"] {
            let selector = try ChannelSelector(name, syntax: syntax, limits: ChannelNameLimits())
            #expect(selector == .channel(name) && selector.text == name)
            #expect(nameFault(name, syntax) == nil)
        }
    }

    @Test("a text with wildcards is a pattern, and not a valid name")
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

    @Test("wildcards must be whole segments", arguments: ["new*", "*a", "a*b", "***", "****", "**a", "*é"])
    func strayStars(segment: String) {
        let text = "x.\(segment)/**"
        #expect(fault(text) == "channel '\(text)': '*' and '**' must be whole segments (got '\(segment)')")
        #expect(nameFault(segment) == "channel '\(segment)': a channel name must not contain '*'; only patterns may")
    }

    @Test("texts must not be empty or contain control characters", arguments: [PatternSyntax.segments, .globs])
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

    @Test("texts may have at most 256 bytes", arguments: [PatternSyntax.segments, .globs])
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
        "patterns may have at most 8 wildcards",
        arguments: [
            (PatternSyntax.segments, "*.**.*.*.*.*.*.**", ".*"), (.globs, "*a*a*?[a]??*", "?"),
            (.globs, "???????*****", "a*"), (.globs, "????????]", "[a]"), (.globs, "[a][a][a][a][a][a][!a][]][]", "]"),
        ])
    func wildcards(syntax: PatternSyntax, most: String, more: String) {
        #expect(fault(most, syntax) == nil)
        #expect(fault(most + more, syntax) == "channel '\(most + more)': at most 8 wildcards are allowed (got 9)")
    }

    @Test("patterns of segments may have at most 16 segments")
    func segments() {
        let most = "*" + String(repeating: ".a", count: 15)
        #expect(fault(most) == nil)
        #expect(fault(most + ":") == "channel '\(most):': a pattern may have at most 16 segments (got 17)")
        #expect(fault(most + ".a", .globs) == nil)
        #expect(fault(String(most.dropFirst()) + ".a.a") == nil)
    }
}
