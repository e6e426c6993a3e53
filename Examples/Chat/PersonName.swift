import Foundation

/// The name of a person: 1 to 32 characters in one line. Invisible characters, and characters that change the writing
/// direction, are not allowed.
struct PersonName: Hashable, Sendable {
    static let longest = 32

    let text: String

    /// Normalizes and checks a name.
    ///
    /// Removes surrounding spaces and collapses repeated ones. Converts the name to Normalization Form C, which the
    /// server requires of user IDs.
    /// - Parameter typed: The name that the person has typed.
    init(_ typed: String) throws {
        text = typed.precomposedStringWithCanonicalMapping.split(whereSeparator: \.isWhitespace).joined(separator: " ")
        guard !text.isEmpty else { throw Refusals.name("Please enter a name.") }
        guard text.unicodeScalars.count <= Self.longest else {
            throw Refusals.name("A name may have at most \(Self.longest) characters.")
        }
        guard text.unicodeScalars.allSatisfy(\.isVisible), text.contains(where: { $0.isLetter || $0.isNumber }) else {
            throw Refusals.name("A name may contain only visible characters, and needs a letter or a digit.")
        }
    }

    /// The name in lower case. Names that differ only in case are equal.
    var key: String { text.lowercased() }

    static func == (lhs: PersonName, rhs: PersonName) -> Bool { lhs.key == rhs.key }
    func hash(into hasher: inout Hasher) { hasher.combine(key) }
}

extension Unicode.Scalar {
    /// Whether the character is visible. Control characters and formatting characters are not.
    var isVisible: Bool {
        switch properties.generalCategory {
        case .control, .format, .surrogate, .privateUse, .unassigned, .lineSeparator, .paragraphSeparator: false
        default: !properties.isDefaultIgnorableCodePoint
        }
    }
}
