import Webshocket

/// A message in a room, as all members receive it.
struct ChatMessage: Codable, Sendable, Equatable {
    /// A number that increases within the room.
    var id: Int
    /// An identifier that the sender chooses. It is the same if the sender retries because it received no response.
    var key: String
    var from: String
    var text: String
    /// The time of the message, in milliseconds since 1970.
    var at: Int
    var isAdmin: Bool

    static let longest = 2_000
    static let longestKey = 64

    /// Removes control characters other than line breaks from a text that a person has typed.
    /// - Throws: An error if the text is empty or has more than 2,000 characters.
    static func checked(_ typed: String) throws -> String {
        guard typed.unicodeScalars.count <= longest else {
            throw Refusals.text("A message may have at most 2,000 characters (got \(typed.unicodeScalars.count)).")
        }
        let text = String(String.UnicodeScalarView(typed.unicodeScalars.filter { !$0.isControl || $0 == "\n" }))
        guard text.contains(where: { !$0.isWhitespace }) else {
            throw Refusals.text("The message is empty.")
        }
        return text
    }
}

extension Unicode.Scalar {
    fileprivate var isControl: Bool { properties.generalCategory == .control }
}
