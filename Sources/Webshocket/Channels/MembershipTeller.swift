/// Tells one connection's handler who has joined and left rooms: one event after the other, whatever each takes.
///
/// Confined to the connection's loop.
final class MembershipTeller {
    enum Event: Sendable {
        case joined(Room)
        case left(Room)
    }

    private var events = Queue<Event>()
    private var isTelling = false
    /// Who waits for the last event to be told.
    private var waiter: CheckedContinuation<Void, Never>?

    /// Whether as many wait as should.
    var isFull: Bool { events.count >= 64 }

    /// - Returns: whether ``tell(_:_:)`` is to be started.
    func add(_ event: Event) -> Bool {
        events.append(event)
        return !isTelling
    }

    /// Tells all that there is to tell.
    nonisolated(nonsending) func tell(_ handler: any WebSocketHandler, _ connection: Connection) async {
        isTelling = true
        while let event = events.popFirst() {
            switch event {
            case .joined(let room): await handler.roomJoined(connection, room)
            case .left(let room): await handler.roomLeft(connection, room)
            }
        }
        isTelling = false
        waiter.take()?.resume()
    }

    /// Returns when nothing is being told.
    nonisolated(nonsending) func settle() async {
        guard isTelling else { return }
        await withCheckedContinuation { waiter = $0 }
    }
}
