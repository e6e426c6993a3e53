import Webshocket

/// Fuzzes channel patterns. The second line of the input is a channel name; the other lines are patterns.
enum PatternTarget: FuzzTarget {
    static let name = "patterns"

    static let seeds = [
        "news.*\nnews.sport", "news.**\nnews.sport/tennis\n**.sport", "a.**.b.**.c.**.d\na.b.b.c.x.d\na.*.*.**.d",
        "**/**.a:**\nx.a/b\n**.a.**", "*a*b*c\nxaxbxc\na?c\n[!a-c]*", "[]-a]*[z-a]?[!]]\n^b\n]\n[", "é*[а-я]\néя\né??",
    ].map { Array($0.utf8) }

    static let words = ["*", "**", ".**", "**.", "**/", "?", "[a-z]", "[!", "[]", "-", "\n", "é"].map { Array($0.utf8) }

    static func run(_ input: UnsafeRawBufferPointer) {
        let lines = input.split(separator: UInt8(ascii: "\n"), maxSplits: 12).map {
            String(decoding: $0, as: UTF8.self)
        }
        guard lines.count > 1 else { return }
        run(lines, .segments)
        run(lines, .globs)
    }

    private static func run(_ lines: [String], _ syntax: PatternSyntax) {
        let limits = ChannelNameLimits()
        var index = PatternIndex<String>(syntax: syntax)
        let patterns = lines.enumerated().compactMap { number, line -> ChannelPattern? in
            guard number != 1, case .pattern(let pattern)? = try? ChannelSelector(line, syntax: syntax, limits: limits)
            else { return nil }
            return pattern
        }
        for pattern in patterns { index[pattern] = pattern.text }
        check(index.count == Set(patterns).count, "the index has each pattern once")

        let name = lines[1]
        // The name may be invalid, so the result is ignored.
        _ = try? ChannelSelector.checkName(name, syntax: syntax, limits: limits)
        compare(index, patterns, name)
        for pattern in patterns {
            check(pattern.covers(pattern), "'\(pattern.text)' covers itself")
            for other in patterns where pattern.covers(other) {
                check(
                    !other.matches(name) || pattern.matches(name),
                    "'\(pattern.text)' covers '\(other.text)', so it matches '\(name)'")
            }
        }
        for (number, pattern) in patterns.enumerated() {
            index[pattern] = nil
            compare(index, patterns[(number + 1)...].filter { !patterns[...number].contains($0) }, name)
        }
        check(index.isEmpty, "the index is empty after all removals")
    }

    private static func compare(_ index: PatternIndex<String>, _ patterns: [ChannelPattern], _ name: String) {
        var found: [String] = []
        index.forEachMatch(of: name) { found.append($0) }
        let expected = Set(patterns.filter { $0.matches(name) }).map(\.text)
        check(
            found.sorted().map { Array($0.utf8) } == expected.sorted().map { Array($0.utf8) },
            "the index finds the patterns that match '\(name)': \(found) and \(expected)")
    }
}
