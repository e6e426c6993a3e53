/// What is required of a text that identifies a user or an attribute (Protocol.md, "Authentication").
enum IdentifierText {
    /// The maximum length in bytes of UTF-8.
    static let longest = 256

    /// What keeps a text from being an identifier, as the end of a sentence that begins with the text; nil if nothing
    /// does. Costs O(1) for a text that is too long.
    static func fault(of text: String) -> String? {
        let count = text.utf8.count
        guard count <= longest else { return "has \(count) bytes; at most \(longest) are allowed" }
        return NormalFormC.contains(text) ? nil : "is not in Unicode Normalization Form C"
    }

    /// The beginning of a text in ASCII, so that a log shows how it differs from one that looks the same.
    static func shown(_ text: String) -> String {
        let scalars = text.unicodeScalars.prefix(64)
        return scalars.map { $0.escaped(asASCII: true) }.joined() + (scalars.endIndex < text.endIndex ? "…" : "")
    }
}
