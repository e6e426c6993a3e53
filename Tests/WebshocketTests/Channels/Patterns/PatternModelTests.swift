import Testing
import Webshocket

@Suite("Patterns, compared with a simple matcher")
struct PatternModelTests {
    /// A matcher that tries all possibilities, for short texts.
    private enum Model {
        /// A segment with the separator before it; the first segment has none.
        private typealias Segment = (separator: Character?, text: String)

        static func matches(segments pattern: String, _ name: String) -> Bool {
            matches(split(pattern)[...], split(name)[...])
        }

        private static func split(_ text: String) -> [Segment] {
            var segments: [Segment] = [(nil, "")]
            for character in text {
                if ".:/".contains(character) {
                    segments.append((character, ""))
                } else {
                    segments[segments.count - 1].text.append(character)
                }
            }
            return segments
        }

        private static func matches(_ pattern: ArraySlice<Segment>, _ name: ArraySlice<Segment>) -> Bool {
            guard let first = pattern.first else { return name.isEmpty }
            if first.text == "**" {
                return matches(pattern.dropFirst(), name) || !name.isEmpty && matches(pattern, name.dropFirst())
            }
            guard let segment = name.first else { return false }
            let isSeparated = segment.separator == nil || segment.separator == first.separator
            let isSame = first.text == "*" || first.text == segment.text
            return isSeparated && isSame && matches(pattern.dropFirst(), name.dropFirst())
        }

        /// Supports only the sets that occur in the random patterns.
        static func matches(glob pattern: Substring, _ name: Substring) -> Bool {
            guard let first = pattern.first else { return name.isEmpty }
            if first == "*" {
                return matches(glob: pattern.dropFirst(), name)
                    || !name.isEmpty && matches(glob: pattern, name.dropFirst())
            }
            guard let character = name.first else { return false }
            let sets: [(String, (Character) -> Bool)] = [
                ("?", { _ in true }), ("[ab]", { "ab".contains($0) }), ("[!a]", { $0 != "a" }),
                ("[a-é]", { "a" <= $0.unicodeScalars.first! && $0.unicodeScalars.first! <= "é" }),
                ("\(first)", { $0 == first }),
            ]
            guard let set = sets.first(where: { pattern.hasPrefix($0.0) }) else { return false }
            return set.1(character) && matches(glob: pattern.dropFirst(set.0.count), name.dropFirst())
        }

        static func matches(_ pattern: ChannelPattern, _ name: String) -> Bool {
            switch pattern.syntax {
            case .segments: matches(segments: pattern.text, name)
            case .globs: matches(glob: pattern.text[...], name[...])
            }
        }
    }

    @Test(
        "match the same names as the simple matcher", arguments: [PatternSyntax.segments, .globs],
        1...4 as ClosedRange<UInt64>)
    func agreement(syntax: PatternSyntax, seed: UInt64) {
        var random = SplitMix(state: seed)
        var matches = 0
        for _ in 0..<4_000 {
            let pattern = random.pattern(syntax, upTo: 6)
            let name = random.name(syntax, upTo: 7)
            let isMatch = pattern.matches(name)
            if isMatch { matches += 1 }
            guard isMatch != Model.matches(pattern, name) else { continue }
            Issue.record("'\(pattern.text)' and '\(name)'")
        }
        #expect(matches > 200 && matches < 3_800)
    }

    @Test(
        "cover only patterns that match a subset of their names", arguments: [PatternSyntax.segments, .globs],
        11...14 as ClosedRange<UInt64>)
    func soundness(syntax: PatternSyntax, seed: UInt64) {
        var random = SplitMix(state: seed)
        let names = (0..<100).map { _ in random.name(syntax, upTo: 6) }
        var covers = 0
        for _ in 0..<4_000 {
            let outer = random.pattern(syntax, upTo: 4)
            let inner = random.pattern(syntax, upTo: 5)
            guard outer.covers(inner) else { continue }
            covers += 1
            let gap = names.first { inner.matches($0) && !outer.matches($0) }
            #expect(gap == nil, "'\(outer.text)' does not cover '\(inner.text)'")
        }
        #expect(covers > 100 && covers < 3_500)
    }

    @Test("cover themselves", arguments: [PatternSyntax.segments, .globs])
    func reflexivity(syntax: PatternSyntax) {
        var random = SplitMix(state: 5)
        for _ in 0..<500 {
            let pattern = random.pattern(syntax, upTo: 8)
            #expect(pattern.covers(pattern), "\(pattern.text)")
        }
    }
}
