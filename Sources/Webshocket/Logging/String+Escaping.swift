import Packets

extension String {
    /// The text with control characters, line separators and invisible formatting characters as `\u{…}`.
    ///
    /// Use it for text of a peer that is printed to a terminal or written to a log. The result is a single line, moves no
    /// cursor and changes no colours. It has no bidirectional overrides, so its characters appear in their order.
    /// Descriptions of this module's errors and values are escaped already.
    /// - Complexity: O(*n*) in the length of the text.
    public var escapingControlCharacters: String { escapingControls(as: \.escaped) }
}
