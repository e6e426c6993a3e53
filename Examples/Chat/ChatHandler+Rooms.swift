import Foundation
import Webshocket

// The methods of the rooms.
extension ChatHandler {
    /// An entry in the list of all rooms.
    struct Listed: Codable, Sendable, Equatable {
        var name: String
        /// The number of people in the room; a person with several windows counts once.
        var people: Int
    }

    func rooms(_ connection: Connection) -> [Listed] { list(connection.hub) }

    /// Creates a room if it does not exist, so that clients can join it.
    func open(_ connection: Connection, name: String) throws -> String {
        let room = try RoomName(name)
        let hub = connection.hub
        let isNew = try state.withRooms { book in
            try book.open(room) { hub.room(RoomName.prefix + $0).memberCount == 0 }
        }
        if isNew { tellRooms(hub) }
        return room.text
    }

    /// Returns the messages after a message, for a client that has joined or reconnected.
    func recent(_ connection: Connection, room: String, after: Int) throws -> [ChatMessage] {
        let room = try entered(room, connection)
        return state.withRooms { $0.messages(in: room, after: after) }
    }

    /// Sends a message to a room. A message with a known key is not sent again, so a client can retry if the response
    /// was lost.
    func say(_ connection: Connection, room: String, text: String, key: String) throws -> ChatMessage {
        let room = try entered(room, connection)
        let text = try ChatMessage.checked(text)
        guard key.utf8.count <= ChatMessage.longestKey else { throw Refusals.text("The message key is too long.") }
        let now = Int(Date().timeIntervalSince1970 * 1_000)
        let said = state.withRooms { book in
            book.add(
                text, to: room, from: connection.userID ?? "", isAdmin: connection.isAdmin ?? false, key: key, at: now)
        }
        guard let (message, isNew) = said else { throw Refusals.absent("This room") }
        if isNew { try connection.publish(message, to: room.channel, event: "said") }
        return message
    }

    func typing(_ connection: Connection, room: String) throws {
        let room = try entered(room, connection)
        try connection.publish(connection.userID ?? "", to: room.channel, event: "typing", excluding: connection)
    }

    /// Closes all connections of a person with a reason, and makes the name available again.
    /// - Parameter reason: Invisible characters are removed, and it is truncated to fit in a close frame.
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
        // If it were published to all rooms at once, a person in several rooms would see it in only one of them.
        for room in rooms { try hub.publish(notice, to: room, event: "notice") }
    }

    /// Returns the name of a room of which the caller is a member.
    /// - Throws: An error if the caller is not a member.
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
