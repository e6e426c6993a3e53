/// A subscription to all channels whose names match.
///
/// Two are equal if they were written with the same bytes, in the same syntax. Making one takes time and memory as long
/// as its text.
package struct ChannelPattern: Sendable {
    enum Form: Sendable {
        case segments(SegmentPattern)
        case globs(GlobPattern)
    }

    /// As it was written.
    package let text: String
    let form: Form

    /// - Parameter text: Of a length within the limits, and contiguous.
    /// - Returns: nil if the text is a plain name.
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

    /// Whether the name of a channel matches.
    ///
    /// With segments each `**` may have to look at each of the name's segments; with globs the time is that of the
    /// pattern's length times a 64th of the name's, whatever both are.
    ///
    /// - Parameter name: Of a length within the limits; the memory that globs need grows faster than it.
    package func matches(_ name: String) -> Bool {
        switch form {
        case .segments(let pattern):
            name.withBytes { name in text.withBytes { pattern.matches(name, text: $0) } }
        case .globs(let pattern):
            pattern.matches(name)
        }
    }

    /// Whether this pattern surely matches all that the other one does.
    ///
    /// Sound, not complete: when it is true, no name matches the other and not this one; when it is false, there may
    /// still be none. `news.**` covers `news.*`. Takes time as long as both lengths multiplied.
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
