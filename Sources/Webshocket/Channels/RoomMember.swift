/// A member of a room, as the other members see it (Protocol.md, "Rooms").
///
/// Two values are equal if they describe the same connection in the same way, whichever client asked for them:
/// ``isYou`` is not compared.
public struct RoomMember: Sendable, Identifiable {
    /// The connection's id; distinguishes the connections of a server's process.
    public var id: UInt64
    /// Who it is, where the server knows.
    public var user: String?
    /// What the server tells of it; see ``Connection/metadata``.
    public var metadata: [String: Value]
    /// Whether this is the entry of the client that asked, in the lists that ``WebSocketClient/join(_:)`` and
    /// ``WebSocketClient/members(of:)`` return. It is false in events, and in every entry from an older server.
    public var isYou: Bool

    /// Makes a member.
    public init(id: UInt64, user: String? = nil, metadata: [String: Value] = [:], isYou: Bool = false) {
        self.id = id
        self.user = user
        self.metadata = metadata
        self.isYou = isYou
    }
}

extension RoomMember: Hashable {
    /// Compares all but ``isYou``.
    public static func == (left: Self, right: Self) -> Bool {
        left.id == right.id && left.user == right.user && left.metadata == right.metadata
    }

    /// Hashes what `==` compares.
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
            metadata: try container.decode([String: Value].self, forKey: .metadata),
            isYou: try container.decodeIfPresent(Bool.self, forKey: .you) ?? false)
    }

    /// Writes the member as an entry of a list.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(id, forKey: .id)
        try container.encodeIfPresent(user, forKey: .user)
        try container.encode(metadata, forKey: .metadata)
        // Only the client's own entry has the key.
        if isYou { try container.encode(true, forKey: .you) }
    }
}

extension RoomMember {
    init(_ connection: Connection, isYou: Bool = false) {
        self.init(id: connection.id, user: connection.userID, metadata: connection.metadata.all, isYou: isYou)
    }
}

/// The events that the framework publishes to a room; peers cannot.
enum RoomEvent {
    static let joined = "__join__"
    static let left = "__leave__"
}
