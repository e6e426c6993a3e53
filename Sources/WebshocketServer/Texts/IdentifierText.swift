/// The requirement for the ID of a user or the name of an attribute (Protocol.md, "Authentication"). Its length is
/// limited by the size of the request or message that contains it.
enum IdentifierText {
    /// Describes why a text is not a valid identifier, as the end of a sentence that begins with the text; nil if it is
    /// valid.
    static func fault(of text: String) -> String? {
        NormalFormC.contains(text) ? nil : "is not in Unicode Normalization Form C"
    }

    /// Returns the first 64 scalars of a text, escaped to ASCII, so that a log distinguishes it from texts that look
    /// the same.
    static func shown(_ text: String) -> String {
        let scalars = text.unicodeScalars.prefix(64)
        return scalars.map { $0.escaped(asASCII: true) }.joined() + (scalars.endIndex < text.endIndex ? "…" : "")
    }
}
