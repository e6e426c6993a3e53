import Testing

/// Two texts that look the same and have different bytes.
struct Lookalikes: Sendable, CustomTestStringConvertible {
    /// The text in Normalization Form C.
    let normal: String
    let other: String

    var testDescription: String { "\(Self.escaped(normal)) and \(Self.escaped(other))" }

    private static func escaped(_ text: String) -> String {
        text.unicodeScalars.map { $0.escaped(asASCII: true) }.joined()
    }

    /// Canonically equivalent texts, which are equal under Swift's `==`.
    static let equivalent = [
        Lookalikes(normal: "K", other: "\u{212A}"),
        Lookalikes(normal: "caf\u{E9}", other: "cafe\u{301}"),
        Lookalikes(normal: "\u{C5}", other: "\u{212B}"),
        Lookalikes(normal: "\u{C5}", other: "A\u{30A}"),
        Lookalikes(normal: "\u{AC01}", other: "\u{1100}\u{1161}\u{11A8}"),
        Lookalikes(normal: "\u{1EAD}", other: "\u{E2}\u{323}"),
    ]

    /// Compatibility-equivalent texts, which differ under Swift's `==`: a ligature and a full-width letter.
    static let compatible = [
        Lookalikes(normal: "fi", other: "\u{FB01}"), Lookalikes(normal: "K", other: "\u{FF2B}"),
    ]

    static let all = equivalent + compatible
}
