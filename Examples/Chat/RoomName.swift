import Foundation

/// A room's name: 1 to 24 small letters, digits and hyphens, such as `tea` or `late-night`.
struct RoomName: Hashable, Sendable {
    static let longest = 24
    /// What stands in front of it in the name of the room's channel.
    static let prefix = "room."

    let text: String

    /// - Parameter typed: capitals become small, spaces hyphens; a `#` in front is dropped.
    init(_ typed: String) throws {
        let words = typed.lowercased().precomposedStringWithCanonicalMapping.drop { $0 == "#" }.split {
            $0.isWhitespace
        }
        let text = words.joined(separator: "-")
        guard !text.isEmpty else { throw Refusals.room("A room needs a name.") }
        guard text.unicodeScalars.count <= Self.longest else {
            throw Refusals.room("A room's name has \(Self.longest) characters at most.")
        }
        guard text.allSatisfy({ $0.isLetter || $0.isNumber || $0 == "-" }), text.contains(where: { $0 != "-" }) else {
            throw Refusals.room("A room's name is made of letters, digits and hyphens.")
        }
        self.text = text
    }

    /// The room of a channel; nil for a name that no room would have.
    init?(channel: String) {
        guard channel.hasPrefix(Self.prefix), let name = try? RoomName(String(channel.dropFirst(Self.prefix.count))),
            name.channel == channel
        else { return nil }
        self = name
    }

    var channel: String { Self.prefix + text }
}
