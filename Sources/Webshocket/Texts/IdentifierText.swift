/// The requirement for a text that identifies a user or an attribute (Protocol.md, "Authentication"). Its length is
/// bounded by the request or the message that it came with.
enum IdentifierText {
    /// The reason why a text is not an identifier, as the end of a sentence that begins with the text; nil if it is one.
    static func fault(of text: String) -> String? {
        NormalFormC.contains(text) ? nil : "is not in Unicode Normalization Form C"
    }

    /// The beginning of a text in ASCII, so that a log shows how it differs from one that looks the same.
    static func shown(_ text: String) -> String {
        let scalars = text.unicodeScalars.prefix(64)
        return scalars.map { $0.escaped(asASCII: true) }.joined() + (scalars.endIndex < text.endIndex ? "…" : "")
    }
}
