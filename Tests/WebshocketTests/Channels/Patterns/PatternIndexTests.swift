import Testing
import Webshocket

@Suite("Pattern index")
struct PatternIndexTests {
    private func matches(of name: String, in index: PatternIndex<Int>) -> [Int] {
        var values: [Int] = []
        index.forEachMatch(of: name) { values.append($0) }
        return values.sorted()
    }

    @Test("holds one value for each pattern", arguments: [PatternSyntax.segments, .globs])
    func values(syntax: PatternSyntax) throws {
        var index = PatternIndex<Int>(syntax: syntax)
        let pattern = try #require(syntax.pattern("a.*"))
        let other = try #require(syntax.pattern("*"))
        #expect(index.isEmpty && index[pattern] == nil && matches(of: "a.b", in: index) == [])
        index[pattern] = nil
        index[pattern] = 1
        index[pattern] = 2
        #expect(index.count == 1 && !index.isEmpty && index[pattern] == 2 && index[other] == nil)
        #expect(matches(of: "a.b", in: index) == [2])
        index[other] = 3
        #expect(matches(of: "a", in: index) == [3])
        index[pattern] = nil
        #expect(index.count == 1 && matches(of: "a.b", in: index) == (syntax == .globs ? [3] : []))
        index[other] = nil
        #expect(index.isEmpty && matches(of: "a", in: index) == [])
    }

    @Test("keeps patterns apart that match the same names")
    func sameLanguage() throws {
        var index = PatternIndex<Int>(syntax: .segments)
        let texts = ["a.**", "a/**", "a:**", "a.**.**", "a.**/**", "**.a.**.**.b.**", "**/**.a/**.b.**"]
        let patterns = texts.compactMap(PatternSyntax.segments.pattern)
        for (value, pattern) in patterns.enumerated() { index[pattern] = value }
        #expect(matches(of: "a.b", in: index) == Array(texts.indices))
        index[patterns[1]] = nil
        index[patterns[5]] = nil
        #expect(matches(of: "a.b", in: index) == [0, 2, 3, 4, 6])
    }

    /// Inserts and removes random patterns, and searches names that grow to several words of bits.
    @Test(
        "finds the same patterns as a linear search", arguments: [PatternSyntax.segments, .globs],
        21...22 as ClosedRange<UInt64>)
    func agreement(syntax: PatternSyntax, seed: UInt64) {
        var random = SplitMix(state: seed)
        var index = PatternIndex<Int>(syntax: syntax)
        var list: [ChannelPattern: Int] = [:]
        var found = 0
        for step in 0..<5_000 {
            // The index alternately grows, and shrinks until it is empty.
            let isGrowing = step / 1_250 % 2 == 0
            switch random.next(upTo: 10) {
            case 0..<5 where isGrowing && list.count < 120, 0..<2:
                let pattern = random.pattern(syntax, upTo: 10)
                index[pattern] = step
                list[pattern] = step
            case 0..<7 where !isGrowing, 5..<7:
                guard let pattern = list.keys.randomElement(using: &random) else { continue }
                index[pattern] = nil
                list[pattern] = nil
            case 9 where step % 100 == 0:
                // Changing the index does not change its copies.
                let copy = index
                index[random.pattern(syntax, upTo: 3)] = nil
                if copy.count != index.count { index = copy }
            default:
                let name = random.name(syntax, upTo: step % 16 == 0 ? 150 : 9)
                let values = matches(of: name, in: index)
                found += values.count
                let expected = list.compactMap { $0.matches(name) ? $1 : nil }.sorted()
                if values != expected || index.count != list.count {
                    Issue.record("step \(step), '\(name)': \(values), not \(expected)")
                    return
                }
            }
        }
        #expect(found > 2_000)
        for pattern in list.keys { index[pattern] = nil }
        #expect(index.isEmpty && matches(of: "a", in: index) == [])
    }
}

extension SplitMix: RandomNumberGenerator {
    mutating func next() -> UInt64 {
        UInt64(next(upTo: 1 << 32)) << 32 | UInt64(next(upTo: 1 << 32))
    }
}
