/// All rooms, with their messages.
struct RoomBook: Sendable {
    static let most = 50
    /// The rooms that always exist.
    static let permanent = ["lobby", "tea", "garden"]

    private var transcripts: [String: Transcript]
    /// The names of the rooms, in the order in which they were created.
    private var order: [String]

    init() {
        order = Self.permanent
        transcripts = Dictionary(uniqueKeysWithValues: Self.permanent.map { ($0, Transcript()) })
    }

    var names: [String] { order }

    func contains(_ room: RoomName) -> Bool { transcripts[room.text] != nil }

    /// Creates a room if it does not exist. If the limit is reached, this deletes the oldest empty room.
    /// - Parameter isEmpty: Returns whether a room has no members.
    /// - Returns: Whether the room is new.
    /// - Throws: An error if the limit is reached and no room can be deleted.
    mutating func open(_ room: RoomName, isEmpty: (String) -> Bool) throws -> Bool {
        guard transcripts[room.text] == nil else { return false }
        if order.count >= Self.most {
            guard let index = order.indices.first(where: { !Self.permanent.contains(order[$0]) && isEmpty(order[$0]) })
            else { throw Refusals.room("The limit of \(Self.most) rooms is reached. Please join one of them.") }
            transcripts[order.remove(at: index)] = nil
        }
        order.append(room.text)
        transcripts[room.text] = Transcript()
        return true
    }

    func messages(in room: RoomName, after id: Int) -> [ChatMessage] { transcripts[room.text]?.after(id) ?? [] }

    /// Adds a message to a room.
    /// - Returns: The message, and whether it is new; nil if the room does not exist.
    mutating func add(
        _ text: String, to room: RoomName, from: String, isAdmin: Bool, key: String, at: Int
    ) -> (ChatMessage, isNew: Bool)? {
        transcripts[room.text]?.add(text, from: from, isAdmin: isAdmin, key: key, at: at)
    }
}
