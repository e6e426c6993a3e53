import Foundation

/// What somebody is called: 1 to 32 characters in one line, without any that are invisible or turn the writing around.
struct PersonName: Hashable, Sendable {
    static let longest = 32

    let text: String

    /// - Parameter typed: spaces around it are dropped, and several in a row are one. It is normalized, because a server
    ///   admits user IDs in Normalization Form C only.
    init(_ typed: String) throws {
        text = typed.precomposedStringWithCanonicalMapping.split(whereSeparator: \.isWhitespace).joined(separator: " ")
        guard !text.isEmpty else { throw Refusals.name("Please tell us your name.") }
        guard text.unicodeScalars.count <= Self.longest else {
            throw Refusals.name("A name has \(Self.longest) characters at most.")
        }
        guard text.unicodeScalars.allSatisfy(\.isVisible), text.contains(where: { $0.isLetter || $0.isNumber }) else {
            throw Refusals.name("A name is made of letters, digits and signs that one can see.")
        }
    }

    /// Names that differ in case alone are one.
    var key: String { text.lowercased() }

    static func == (lhs: PersonName, rhs: PersonName) -> Bool { lhs.key == rhs.key }
    func hash(into hasher: inout Hasher) { hasher.combine(key) }
}

extension Unicode.Scalar {
    /// Neither a control character nor one that only changes how others are shown.
    var isVisible: Bool {
        switch properties.generalCategory {
        case .control, .format, .surrogate, .privateUse, .unassigned, .lineSeparator, .paragraphSeparator: false
        default: !properties.isDefaultIgnorableCodePoint
        }
    }
}
