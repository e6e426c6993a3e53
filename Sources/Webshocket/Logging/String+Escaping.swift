import Packets

extension String {
    /// The text with its control characters, line separators and invisible formatting characters, such as bidirectional
    /// overrides, as `\u{…}`.
    ///
    /// Use it for text of a peer that is printed to a terminal or written to a log: the result is a single line, moves no
    /// cursor, changes no colours and shows its characters in their order. Descriptions of this module's errors and values
    /// are escaped already. Costs a walk over the text.
    public var escapingControlCharacters: String { escapingControls(as: \.escaped) }
}
