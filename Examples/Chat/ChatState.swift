import Synchronization
import Webshocket

/// The state that all connections share: the sessions and the rooms with their messages.
///
/// Each access is one short lock. Therefore methods need not suspend, and the messages of one person stay in order.
final class ChatState: Sendable {
    private let sessions = Mutex(SessionBook())
    private let rooms = Mutex(RoomBook())
    /// The secret of the admin link; a person who logs in with it becomes an admin.
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
