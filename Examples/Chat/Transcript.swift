/// The latest messages of a room; older messages are deleted.
struct Transcript: Sendable {
    /// The number of messages that are kept. A retry is recognised only if its original is among them.
    static let length = 100

    private(set) var messages: [ChatMessage] = []
    private var lastID = 0

    /// Adds a message, unless the sender has already sent one with this key.
    /// - Returns: The message, and whether it is new.
    mutating func add(_ text: String, from: String, isAdmin: Bool, key: String, at: Int) -> (ChatMessage, isNew: Bool) {
        if let known = messages.last(where: { $0.key == key && $0.from == from }) { return (known, false) }
        lastID += 1
        let message = ChatMessage(id: lastID, key: key, from: from, text: text, at: at, isAdmin: isAdmin)
        if messages.count == Self.length { messages.removeFirst() }
        messages.append(message)
        return (message, true)
    }

    /// Returns the messages after a message.
    func after(_ id: Int) -> [ChatMessage] { Array(messages.drop { $0.id <= id }) }
}
