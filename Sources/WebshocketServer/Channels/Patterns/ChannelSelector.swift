/// The target of a subscription: a channel, or a pattern for channel names.
package enum ChannelSelector: Hashable, Sendable {
    case channel(String)
    case pattern(ChannelPattern)

    /// Parses the text of a subscription.
    ///
    /// - Parameters:
    ///   - text: A name or a pattern. It is a pattern if it contains a wildcard of the syntax.
    ///   - syntax: The server's pattern syntax.
    ///   - limits: The server's limits for names.
    /// - Throws: ``RPCErrorCode/invalidParameters`` with a message that contains the text.
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

    /// The text of the name or pattern.
    package var text: String {
        switch self {
        case .channel(let name): name
        case .pattern(let pattern): pattern.text
        }
    }

    /// Checks the name of a channel that a message is published to.
    ///
    /// - Throws: ``RPCErrorCode/invalidParameters`` with a message that contains the name.
    package static func checkName(
        _ name: String, syntax: PatternSyntax, limits: ChannelNameLimits
    ) throws(RPCError) {
        try checkText(name, limits)
        guard let wildcard = name.unicodeScalars.first(where: syntax.isReserved) else { return }
        throw .badChannel(name, "a channel name must not contain '\(wildcard)'; only patterns may")
    }

    private static func checkText(_ text: String, _ limits: ChannelNameLimits) throws(RPCError) {
        guard !text.isEmpty else {
            throw RPCError("the channel name is empty", code: .invalidParameters)
        }
        guard text.utf8.count <= limits.bytes else {
            throw .badChannel(text, "at most \(limits.bytes) bytes are allowed (got \(text.utf8.count))")
        }
        guard !text.unicodeScalars.contains(where: { $0.properties.generalCategory == .control }) else {
            throw .badChannel(text, "control characters are not allowed")
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

/// Whether the Python package treats a text with this scalar as a pattern, even if the scalar has no special meaning
/// there.
func isGlobCharacter(_ scalar: Unicode.Scalar) -> Bool {
    scalar == "*" || scalar == "?" || scalar == "[" || scalar == "]"
}

extension RPCError {
    /// An error that shows the channel's name or the pattern.
    static func badChannel(_ text: String, _ fault: String) -> RPCError {
        RPCError("channel '\(text.shownToCallers)': \(fault)", code: .invalidParameters)
    }
}

extension String {
    /// The text for an error message: at most 64 scalars, with control characters escaped.
    var shownToCallers: String {
        let shown = String(unicodeScalars.prefix(64))
        return shown.escapingControlCharacters + (shown.utf8.count < utf8.count ? "…" : "")
    }
}
