/// The latest messages of a room; older ones are forgotten.
struct Transcript: Sendable {
    /// How many are kept, and how far back a message that is sent again is known.
    static let length = 100

    private(set) var messages: [ChatMessage] = []
    private var lastID = 0

    /// Adds what somebody says, unless it is here already.
    /// - Returns: the message, and whether it is new.
    mutating func add(_ text: String, from: String, isAdmin: Bool, key: String, at: Int) -> (ChatMessage, isNew: Bool) {
        if let known = messages.last(where: { $0.key == key && $0.from == from }) { return (known, false) }
        lastID += 1
        let message = ChatMessage(id: lastID, key: key, from: from, text: text, at: at, isAdmin: isAdmin)
        if messages.count == Self.length { messages.removeFirst() }
        messages.append(message)
        return (message, true)
    }

    /// What came behind a message.
    func after(_ id: Int) -> [ChatMessage] { Array(messages.drop { $0.id <= id }) }
}
