/// Calls one connection's handler when the connection has joined or left a room. The calls run one at a time.
///
/// Confined to the connection's loop.
final class MembershipNotifier {
    enum Event: Sendable {
        case joined(Room)
        case left(Room)
    }

    private var events = Queue<Event>()
    private var isNotifying = false
    /// The task that waits in ``settle()``.
    private var waiter: CheckedContinuation<Void, Never>?

    /// Whether the soft limit of queued events is reached.
    var isFull: Bool { events.count >= 64 }

    /// - Returns: Whether the caller must start ``tell(_:_:)``.
    func add(_ event: Event) -> Bool {
        events.append(event)
        return !isNotifying
    }

    /// Calls the handler for each queued event.
    nonisolated(nonsending) func tell(_ handler: any WebSocketHandler, _ connection: Connection) async {
        isNotifying = true
        while let event = events.popFirst() {
            switch event {
            case .joined(let room): await handler.roomJoined(connection, room)
            case .left(let room): await handler.roomLeft(connection, room)
            }
        }
        isNotifying = false
        waiter.take()?.resume()
    }

    /// Returns when the queue is empty and no handler call is running.
    nonisolated(nonsending) func settle() async {
        guard isNotifying else { return }
        await withCheckedContinuation { waiter = $0 }
    }
}
