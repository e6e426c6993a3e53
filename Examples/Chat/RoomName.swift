import Foundation

/// The name of a room: 1 to 24 lowercase letters, digits and hyphens, such as `tea` or `late-night`.
struct RoomName: Hashable, Sendable {
    static let longest = 24
    /// The prefix of the room's channel name.
    static let prefix = "room."

    let text: String

    /// Normalizes and checks a name.
    ///
    /// Converts letters to lowercase and spaces to hyphens, and removes a leading `#`.
    /// - Parameter typed: The name that a person has typed.
    init(_ typed: String) throws {
        let words = typed.lowercased().precomposedStringWithCanonicalMapping.drop { $0 == "#" }.split {
            $0.isWhitespace
        }
        let text = words.joined(separator: "-")
        guard !text.isEmpty else { throw Refusals.room("Please enter a room name.") }
        guard text.unicodeScalars.count <= Self.longest else {
            throw Refusals.room("A room name may have at most \(Self.longest) characters.")
        }
        guard text.allSatisfy({ $0.isLetter || $0.isNumber || $0 == "-" }), text.contains(where: { $0 != "-" }) else {
            throw Refusals.room("A room name may contain only letters, digits and hyphens.")
        }
        self.text = text
    }

    /// Parses the name of a room's channel; nil if it is not the channel of a valid room name.
    init?(channel: String) {
        guard channel.hasPrefix(Self.prefix), let name = try? RoomName(String(channel.dropFirst(Self.prefix.count))),
            name.channel == channel
        else { return nil }
        self = name
    }

    var channel: String { Self.prefix + text }
}
