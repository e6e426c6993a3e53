import Foundation
import Webshocket

// What happens in the rooms.
extension ChatHandler {
    /// A room in the list of all.
    struct Listed: Codable, Sendable, Equatable {
        var name: String
        /// How many are in it, each counted once, however many windows they have open.
        var people: Int
    }

    func rooms(_ connection: Connection) -> [Listed] { list(connection.hub) }

    /// Sees to it that there is a room of the name, so that it can be joined.
    func open(_ connection: Connection, name: String) throws -> String {
        let room = try RoomName(name)
        let hub = connection.hub
        let isNew = try state.withRooms { book in
            try book.open(room) { hub.room(RoomName.prefix + $0).size == 0 }
        }
        if isNew { tellRooms(hub) }
        return room.text
    }

    /// What was said behind a message, for who has come or come back.
    func recent(_ connection: Connection, room: String, after: Int) throws -> [ChatMessage] {
        let room = try entered(room, connection)
        return state.withRooms { $0.messages(in: room, after: after) }
    }

    /// Says something in a room. Said twice with one key, it is said once: no harm is done when the answer got lost.
    func say(_ connection: Connection, room: String, text: String, key: String) throws -> ChatMessage {
        let room = try entered(room, connection)
        let text = try ChatMessage.checked(text)
        guard key.utf8.count <= ChatMessage.longestKey else { throw Refusals.text("The message's key is too long.") }
        let now = Int(Date().timeIntervalSince1970 * 1_000)
        let said = state.withRooms { book in
            book.add(
                text, to: room, from: connection.userID ?? "", isAdmin: connection.isAdmin ?? false, key: key, at: now)
        }
        guard let (message, isNew) = said else { throw Refusals.absent("The room") }
        if isNew { try connection.publish(message, to: room.channel, event: "said") }
        return message
    }

    func typing(_ connection: Connection, room: String) throws {
        let room = try entered(room, connection)
        try connection.publish(connection.userID ?? "", to: room.channel, event: "typing", excluding: connection)
    }

    /// Ends all connections of somebody, who is told why, and whose name is free again.
    /// - Parameter reason: what one cannot see of it, and what is longer than a close frame has room for, is dropped.
    func kick(_ connection: Connection, name: String, reason: String) throws {
        let name = try PersonName(name)
        let hub = connection.hub
        guard let session = state.withSessions({ $0.session(named: name) }), !session.connections.isEmpty else {
            throw Refusals.absent(name.text)
        }
        let rooms = Set(connections(of: session, hub).flatMap(\.rooms)).sorted()
        let admin = connection.userID ?? "The admin"
        let words = String(String.UnicodeScalarView(reason.unicodeScalars.lazy.filter(\.isVisible).prefix(80)))
        dismiss(session.id, hub, 4_500, "\(admin) asked you to leave\(words.isEmpty ? "" : ": \(words)")")
        let notice = "\(session.name.text) was asked to leave by \(admin)"
        // Each on its own: to several at once, it would reach everyone only once.
        for room in rooms { try hub.publish(notice, to: room, event: "notice") }
    }

    /// - Throws: where the caller is in no such room.
    private func entered(_ name: String, _ connection: Connection) throws -> RoomName {
        let room = try RoomName(name)
        guard connection.hub.room(room.channel).contains(connection) else {
            throw Refusals.room("Please join #\(room.text) first.")
        }
        return room
    }

    func tellRooms(_ hub: Hub) {
        try? hub.publish(list(hub), to: "rooms")
    }

    private func list(_ hub: Hub) -> [Listed] {
        state.withRooms(\.names).map { name in
            Listed(name: name, people: Set(hub.room(RoomName.prefix + name).members.compactMap(\.userID)).count)
        }
    }
}
