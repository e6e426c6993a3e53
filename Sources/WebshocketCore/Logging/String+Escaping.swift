import Packets

extension String {
    /// The text with control characters, line separators and invisible formatting characters escaped as `\u{…}`.
    ///
    /// Use it for text from a peer that is printed to a terminal or written to a log. The result is a single line
    /// without control sequences for cursor movement or colours. It does not contain bidirectional overrides, so its
    /// characters are displayed in order. Descriptions of this module's errors and values are escaped already.
    /// - Complexity: O(*n*) in the length of the text.
    public var escapingControlCharacters: String { escapingControls(as: \.escaped) }
}
