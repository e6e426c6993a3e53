import Webshocket

/// What somebody has said in a room, as everyone there gets it.
struct ChatMessage: Codable, Sendable, Equatable {
    /// Counts up within the room.
    var id: Int
    /// The sender's own name for it: who sends a message again, because no answer came, says the same.
    var key: String
    var from: String
    var text: String
    /// Milliseconds since 1970.
    var at: Int
    var isAdmin: Bool

    static let longest = 2_000
    static let longestKey = 64

    /// What people may type: up to 2,000 characters, lines among them, without other control characters.
    static func checked(_ typed: String) throws -> String {
        guard typed.unicodeScalars.count <= longest else {
            throw Refusals.text("A message has 2,000 characters at most; this one has \(typed.unicodeScalars.count).")
        }
        let text = String(String.UnicodeScalarView(typed.unicodeScalars.filter { !$0.isControl || $0 == "\n" }))
        guard text.contains(where: { !$0.isWhitespace }) else {
            throw Refusals.text("There is nothing to read in that.")
        }
        return text
    }
}

extension Unicode.Scalar {
    fileprivate var isControl: Bool { properties.generalCategory == .control }
}
