/// The rooms that there are, with what was said in them.
struct RoomBook: Sendable {
    static let most = 50
    /// These are always there.
    static let permanent = ["lobby", "tea", "garden"]

    private var transcripts: [String: Transcript]
    /// From the one that was opened first.
    private var order: [String]

    init() {
        order = Self.permanent
        transcripts = Dictionary(uniqueKeysWithValues: Self.permanent.map { ($0, Transcript()) })
    }

    var names: [String] { order }

    func contains(_ room: RoomName) -> Bool { transcripts[room.text] != nil }

    /// Opens a room unless it is open. Where there are as many as there may be, an empty one is given up for it.
    /// - Parameter isEmpty: whether nobody is in a room.
    /// - Returns: whether it is new.
    mutating func open(_ room: RoomName, isEmpty: (String) -> Bool) throws -> Bool {
        guard transcripts[room.text] == nil else { return false }
        if order.count >= Self.most {
            guard let index = order.indices.first(where: { !Self.permanent.contains(order[$0]) && isEmpty(order[$0]) })
            else { throw Refusals.room("There are \(Self.most) rooms already. Please join one of them.") }
            transcripts[order.remove(at: index)] = nil
        }
        order.append(room.text)
        transcripts[room.text] = Transcript()
        return true
    }

    func messages(in room: RoomName, after id: Int) -> [ChatMessage] { transcripts[room.text]?.after(id) ?? [] }

    /// Adds what somebody says; nil where the room is gone.
    mutating func add(
        _ text: String, to room: RoomName, from: String, isAdmin: Bool, key: String, at: Int
    ) -> (ChatMessage, isNew: Bool)? {
        transcripts[room.text]?.add(text, from: from, isAdmin: isAdmin, key: key, at: at)
    }
}
