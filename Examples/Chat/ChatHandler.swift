import Foundation
import Webshocket

/// What people can do in the chat, and how often. Who comes with `?guest` may only choose a name; all others show the
/// token that they were given for it, first of all and on each new connection.
struct ChatHandler: WebSocketHandler {
    let state: ChatState

    var authentication: Authentication? {
        Authentication { request in
            request.queryItems["guest"] == nil ? .awaitToken : .admit()
        } token: { [state] token, _ in
            guard let session = state.withSessions({ $0.session(of: token, at: .now) }) else {
                return .refuse(.unauthorized("The name is not yours any more."))
            }
            return .admit(userID: session.name.text, attributes: ["isAdmin": .bool(session.isAdmin)])
        }
    }

    var methods: RPCMethods {
        RPCMethod("login", login, parameters: "name", Parameter("adminKey", default: nil))
            .rateLimit(20, per: "1m", scope: .address)
        RPCMethods {
            RPCMethod("me", me)
            RPCMethod("rooms", rooms)
            RPCMethod("open", open).rateLimit(20, per: "1m", burst: 10, scope: .user)
            RPCMethod("recent", recent, parameters: "room", Parameter("after", default: 0))
            RPCMethod("say", say).rateLimit(10, per: "10s", scope: .user)
            RPCMethod("typing", typing).rateLimit(5, per: "10s")
            RPCMethod("kick", kick).requires(Is("isAdmin"))
            RPCMethod("signOut", signOut)
        }
        .requires(Has("userID"))
    }

    var channels: ChannelRules {
        ChannelRule("room.*").requires(Has("userID")).admits { _, channel in
            RoomName(channel: channel.name).map { room in state.withRooms { $0.contains(room) } } ?? false
        }
        .announcesMembers().slowConsumers(.dropOldest).rateLimit(30, per: "1m")
        ChannelRule("rooms").requires(Has("userID")).slowConsumers(.keepLatest)
    }

    /// For what has no limit of its own.
    let rateLimits = [RateLimit(20, per: "1s", burst: 100)]
}

// MARK: - Coming and going

extension ChatHandler {
    /// Who somebody is, and the token that proves it to the next connection.
    struct Login: Codable, Sendable {
        var name, token: String
        var isAdmin: Bool
    }

    func login(_ connection: Connection, name: String, adminKey: String?) throws -> Login {
        let name = try PersonName(name)
        let isAdmin = adminKey == state.adminKey
        guard adminKey == nil || isAdmin else { throw Refusals.name("That is not the admin's address any more.") }
        guard connection.hub.connections(ofUser: name.text).isEmpty else { throw Refusals.taken(name) }
        let session = try state.withSessions { try $0.begin(name, isAdmin: isAdmin, at: .now) }
        return Login(name: session.name.text, token: session.token, isAdmin: isAdmin)
    }

    struct Me: Codable, Sendable {
        var name: String
        var isAdmin: Bool
        var windows: Int
    }

    func me(_ connection: Connection) -> Me {
        let name = connection.userID ?? ""
        return Me(
            name: name, isAdmin: connection.isAdmin ?? false, windows: connection.hub.connections(ofUser: name).count)
    }

    nonisolated(nonsending) func onConnect(_ connection: Connection) async throws {
        guard let name = connection.userID.flatMap({ try? PersonName($0) }) else { return }
        connection.metadata["isAdmin"] = .bool(connection.isAdmin ?? false)
        state.withSessions { $0.note(name, isHere: true, at: .now) }
        tellWindows(of: name, connection.hub)
    }

    nonisolated(nonsending) func onDisconnect(_ connection: Connection, closure: ConnectionClosure) async {
        guard let name = connection.userID.flatMap({ try? PersonName($0) }) else { return }
        let others = connection.hub.connections(ofUser: name.text).filter { $0 !== connection }
        state.withSessions { $0.note(name, isHere: !others.isEmpty, at: .now) }
        tellWindows(of: name, connection.hub)
    }

    nonisolated(nonsending) func onJoin(_ connection: Connection, room: Room) async { tellRooms(connection.hub) }
    nonisolated(nonsending) func onLeave(_ connection: Connection, room: Room) async { tellRooms(connection.hub) }

    /// Frees the name, and ends all connections of its owner.
    func signOut(_ connection: Connection) throws {
        try dismiss(PersonName(connection.userID ?? ""), connection.hub, 4_501, "Signed out")
    }

    /// Frees a name, so that its token is worth nothing, and closes with a code that tells clients to stay away.
    func dismiss(_ name: PersonName, _ hub: Hub, _ code: UInt16, _ reason: String) {
        state.withSessions { $0.end(name) }
        for connection in hub.connections(ofUser: name.text) {
            connection.close(CloseCode(rawValue: code), reason: reason)
        }
    }

    private func tellWindows(of name: PersonName, _ hub: Hub) {
        _ = try? hub.send(hub.connections(ofUser: name.text).count, toUser: name.text, event: "windows")
    }
}
