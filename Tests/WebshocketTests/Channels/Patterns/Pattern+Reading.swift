import Webshocket

extension PatternSyntax {
    /// Parses a pattern with the default limits. Returns nil if the text is a name or invalid.
    func pattern(_ text: String) -> ChannelPattern? {
        guard case .pattern(let pattern) = try? ChannelSelector(text, syntax: self, limits: ChannelNameLimits()) else {
            return nil
        }
        return pattern
    }
}

extension SplitMix {
    mutating func element<Element>(of all: [Element]) -> Element { all[next(upTo: all.count)] }

    /// Makes a random name, or a pattern if `words` contains wildcards.
    mutating func segments(of words: [String], upTo count: Int) -> String {
        (0..<(1 + next(upTo: count))).reduce(into: "") { text, index in
            text += (index == 0 ? "" : element(of: [".", ".", "/"])) + element(of: words)
        }
    }

    mutating func characters(of words: [String], upTo count: Int) -> String {
        (0..<(1 + next(upTo: count))).map { _ in element(of: words) }.joined()
    }

    mutating func pattern(_ syntax: PatternSyntax, upTo length: Int) -> ChannelPattern {
        while true {
            let text =
                switch syntax {
                case .segments: segments(of: ["a", "b", "", "*", "**", "**"], upTo: length)
                case .globs: characters(of: ["a", "b", ".", "é", "*", "*", "?", "[ab]", "[!a]", "[a-é]"], upTo: length)
                }
            if let pattern = syntax.pattern(text) { return pattern }
        }
    }

    mutating func name(_ syntax: PatternSyntax, upTo length: Int) -> String {
        switch syntax {
        case .segments: segments(of: ["a", "b", ""], upTo: length)
        case .globs: characters(of: ["a", "b", ".", "é"], upTo: length)
        }
    }
}
