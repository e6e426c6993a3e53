import Synchronization
import Webshocket

/// What all connections share: who is called what, and what was said. Each access is one short lock, so a method that
/// speaks has no wait in it, and what one person says stays in its order.
final class ChatState: Sendable {
    private let sessions = Mutex(SessionBook())
    private let rooms = Mutex(RoomBook())
    /// What makes somebody an admin who shows it.
    let adminKey: String

    init(adminKey: String) {
        self.adminKey = adminKey
    }

    func withSessions<Result>(_ body: (inout SessionBook) throws -> sending Result) rethrows -> sending Result {
        try sessions.withLock { try body(&$0) }
    }

    func withRooms<Result>(_ body: (inout RoomBook) throws -> sending Result) rethrows -> sending Result {
        try rooms.withLock { try body(&$0) }
    }
}
