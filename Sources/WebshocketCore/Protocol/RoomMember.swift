/// A member of a room, as the other members see it (Protocol.md, "Rooms").
///
/// Two values are equal if they describe the same connection in the same way. ``isYou`` is not compared, because it
/// depends on the client that received the value.
public struct RoomMember: Sendable, Identifiable {
    /// The connection's id, unique within a server process.
    public var id: UInt64
    /// The user ID, if the server knows it.
    public var user: String?
    /// The data that the server shares about the member; see ``Connection/metadata``.
    public var metadata: [String: WireValue]
    /// Whether this entry is the receiving client itself, in the lists of ``WebSocketClient/join(_:)`` and
    /// ``WebSocketClient/members(of:)``. It is false in events, and in every entry from an older server.
    public var isYou: Bool

    /// Creates a member.
    public init(id: UInt64, user: String? = nil, metadata: [String: WireValue] = [:], isYou: Bool = false) {
        self.id = id
        self.user = user
        self.metadata = metadata
        self.isYou = isYou
    }
}

extension RoomMember: Hashable {
    /// Compares all properties except ``isYou``.
    public static func == (left: Self, right: Self) -> Bool {
        left.id == right.id && left.user == right.user && left.metadata == right.metadata
    }

    /// Hashes the properties that `==` compares.
    public func hash(into hasher: inout Hasher) {
        hasher.combine(id)
        hasher.combine(user)
        hasher.combine(metadata)
    }
}

extension RoomMember: Codable {
    private enum CodingKeys: String, CodingKey {
        case id, user, metadata, you
    }

    /// Reads a member from an entry of a list, or from an event.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        self.init(
            id: try container.decode(UInt64.self, forKey: .id),
            user: try container.decodeIfPresent(String.self, forKey: .user),
            metadata: try container.decode([String: WireValue].self, forKey: .metadata),
            isYou: try container.decodeIfPresent(Bool.self, forKey: .you) ?? false)
    }

    /// Writes the member as an entry of a list.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(id, forKey: .id)
        try container.encodeIfPresent(user, forKey: .user)
        try container.encode(metadata, forKey: .metadata)
        // Only the receiving client's own entry has the key.
        if isYou { try container.encode(true, forKey: .you) }
    }
}

/// The events that the server publishes to a room. Peers cannot publish them.
package enum RoomEvent {
    package static let joined = "__join__"
    package static let left = "__leave__"
}
