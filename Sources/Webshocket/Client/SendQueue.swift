/// Messages that wait until the server has read those before them; each holds up the task that sends it.
struct SendQueue {
    /// One message, and who is told when it is in the outbox, or never will be.
    struct Item {
        let kind: MessageKind
        let bytes: [UInt8]
        let isSent: (ClientError?) -> Void
    }

    private var items: [Item] = []
    private var taken = 0

    var isEmpty: Bool { taken == items.count }

    mutating func append(_ item: Item) {
        items.append(item)
    }

    /// Takes the oldest message.
    mutating func popFirst() -> Item? {
        guard !isEmpty else { return nil }
        let item = items[taken]
        taken += 1
        if isEmpty {
            items = []
            taken = 0
        }
        return item
    }
}
