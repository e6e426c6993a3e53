/// What one subscribes to: a channel, or all whose names match a pattern.
package enum ChannelSelector: Hashable, Sendable {
    case channel(String)
    case pattern(ChannelPattern)

    /// Reads what a subscriber wrote.
    ///
    /// - Parameters:
    ///   - text: a name or a pattern; a pattern if it has a wildcard of the syntax.
    ///   - syntax: the server's.
    ///   - limits: the server's.
    /// - Throws: ``RPCErrorCode/invalidParameters`` with a text that shows what was written.
    package init(_ text: String, syntax: PatternSyntax, limits: ChannelNameLimits) throws(RPCError) {
        try Self.checkText(text, limits)
        var text = text
        text.makeContiguousUTF8()
        guard let pattern = try ChannelPattern(checked: text, syntax, limits) else {
            self = .channel(text)
            return
        }
        self = .pattern(pattern)
    }

    /// The name or the pattern as it was written.
    package var text: String {
        switch self {
        case .channel(let name): name
        case .pattern(let pattern): pattern.text
        }
    }

    /// Checks the name of one channel, as a message is published to it.
    ///
    /// - Throws: ``RPCErrorCode/invalidParameters`` with a text that shows what was written.
    package static func checkName(
        _ name: String, syntax: PatternSyntax, limits: ChannelNameLimits
    ) throws(RPCError) {
        try checkText(name, limits)
        guard let wildcard = name.unicodeScalars.first(where: syntax.isReserved) else { return }
        throw .badChannel(name, "one channel's name has no '\(wildcard)', which is for patterns")
    }

    private static func checkText(_ text: String, _ limits: ChannelNameLimits) throws(RPCError) {
        guard !text.isEmpty else {
            throw RPCError("a channel's name is empty", code: .invalidParameters)
        }
        guard text.utf8.count <= limits.bytes else {
            throw .badChannel(text, "it has \(text.utf8.count) bytes, and at most \(limits.bytes) are allowed")
        }
        guard !text.unicodeScalars.contains(where: { $0.properties.generalCategory == .control }) else {
            throw .badChannel(text, "it has a control character")
        }
    }
}

extension PatternSyntax {
    fileprivate func isReserved(_ scalar: Unicode.Scalar) -> Bool {
        switch self {
        case .segments: scalar == "*"
        case .globs: isGlobCharacter(scalar)
        }
    }
}

/// What makes a text a pattern for the Python package, whether or not it stands for anything there.
func isGlobCharacter(_ scalar: Unicode.Scalar) -> Bool {
    scalar == "*" || scalar == "?" || scalar == "[" || scalar == "]"
}

extension RPCError {
    /// A refusal that shows the channel's name or the pattern.
    static func badChannel(_ text: String, _ fault: String) -> RPCError {
        RPCError("channel '\(text.shownToCallers)': \(fault)", code: .invalidParameters)
    }
}

extension String {
    /// What a caller wrote, or as much of it as one line holds, and nothing in it that could forge one.
    var shownToCallers: String {
        let shown = String(unicodeScalars.prefix(64))
        return shown.escapingControlCharacters + (shown.utf8.count < utf8.count ? "…" : "")
    }
}
