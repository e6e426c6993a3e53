/// A pattern that matches channel names.
///
/// Two patterns are equal if they have the same bytes and the same syntax. Parsing takes time and memory linear in the
/// length of the text.
package struct ChannelPattern: Sendable {
    enum Form: Sendable {
        case segments(SegmentPattern)
        case globs(GlobPattern)
    }

    /// The text of the pattern.
    package let text: String
    let form: Form

    /// - Parameter text: A text within the length limit, in contiguous storage.
    /// - Returns: Nil if the text has no wildcards.
    init?(checked text: String, _ syntax: PatternSyntax, _ limits: ChannelNameLimits) throws(RPCError) {
        self.text = text
        switch syntax {
        case .segments:
            guard let pattern = try SegmentPattern(text, limits) else { return nil }
            form = .segments(pattern)
        case .globs:
            guard text.unicodeScalars.contains(where: isGlobCharacter) else { return nil }
            form = .globs(try GlobPattern(text, limits))
        }
    }

    package var syntax: PatternSyntax {
        switch form {
        case .segments: .segments
        case .globs: .globs
        }
    }

    /// Returns whether the pattern matches the name of a channel.
    ///
    /// With segments, each `**` may have to be compared with each segment of the name. With globs, the time is
    /// proportional to the length of the pattern times a 64th of the length of the name.
    ///
    /// - Parameter name: A name within the length limit. For globs, memory grows faster than the length of the name.
    package func matches(_ name: String) -> Bool {
        switch form {
        case .segments(let pattern):
            name.withBytes { name in text.withBytes { pattern.matches(name, text: $0) } }
        case .globs(let pattern):
            pattern.matches(name)
        }
    }

    /// Returns whether this pattern certainly matches every name that another pattern matches.
    ///
    /// The check is sound but not complete. If it returns true, every name that `other` matches also matches this
    /// pattern. If it returns false, that may still be the case. For example, `news.**` covers `news.*`. The time is
    /// proportional to the product of both lengths.
    package func covers(_ other: ChannelPattern) -> Bool {
        switch (form, other.form) {
        case (.segments(let outer), .segments(let inner)):
            text.withBytes { text in other.text.withBytes { outer.covers(inner, text: text, innerText: $0) } }
        case (.globs(let outer), .globs(let inner)):
            outer.covers(inner)
        case (.segments, .globs), (.globs, .segments):
            false
        }
    }
}

extension ChannelPattern: Hashable {
    package static func == (a: Self, b: Self) -> Bool {
        a.syntax == b.syntax && ExactText(a.text) == ExactText(b.text)
    }

    package func hash(into hasher: inout Hasher) {
        hasher.combine(ExactText(text))
        hasher.combine(syntax)
    }
}
