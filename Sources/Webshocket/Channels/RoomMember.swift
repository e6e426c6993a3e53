/// What others learn of a room's member (Protocol.md, "Rooms").
public struct RoomMember: Sendable, Hashable, Codable, Identifiable {
    /// The connection's id; distinguishes the connections of a server's process.
    public var id: UInt64
    /// Who it is, where the server knows.
    public var user: String?
    /// What the server tells of it; see ``Connection/metadata``.
    public var metadata: [String: Value]

    /// Makes a member.
    public init(id: UInt64, user: String? = nil, metadata: [String: Value] = [:]) {
        self.id = id
        self.user = user
        self.metadata = metadata
    }
}

extension RoomMember {
    init(_ connection: Connection) {
        self.init(id: connection.id, user: connection.userID, metadata: connection.metadata.all)
    }
}

/// The events that the framework publishes to a room; peers cannot.
enum RoomEvent {
    static let joined = "__join__"
    static let left = "__leave__"
}
