import Foundation
import Webshocket

/// The methods, channel rules and rate limits of the chat.
///
/// A connection with `?guest` can only choose a name, and receives a token for it. All other connections must send the
/// token as their first message.
struct ChatHandler: WebSocketHandler {
    let state: ChatState

    var access: Access {
        .authenticated { request in
            request.queryItems["guest"] == nil ? .awaitToken : .admit()
        } token: { [state] token, request in
            guard request.queryItems["guest"] == nil else {
                return .refuse(.forbidden("Guests can only choose a name."))
            }
            guard let session = state.withSessions({ $0.session(of: token, at: .now) }) else {
                return .refuse(.unauthorized("Your session has ended."))
            }
            return .admit(
                userID: session.name.text,
                attributes: ["isAdmin": .bool(session.isAdmin), "sessionID": .int(Int64(session.id))])
        }
        .rateLimit(20, per: "1s", burst: 100)  // for calls without a limit of their own
    }

    /// Holds if the latest token of the connection belongs to the session in which the connection was opened.
    static let keepsSession = Check("keeps its session") { connection in
        connection["firstSessionID"] != nil && connection["firstSessionID"] == connection["sessionID"]
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
        .requires(Self.keepsSession)
    }

    var channels: ChannelRules {
        ChannelRule("room.*").requires(Self.keepsSession).admits { _, channel in
            RoomName(channel: channel.name).map { room in state.withRooms { $0.contains(room) } } ?? false
        }
        .announcesMembers().slowConsumers(.dropOldest).rateLimit(30, per: "1m")
        ChannelRule("rooms").requires(Self.keepsSession).slowConsumers(.keepLatest)
    }
}

// MARK: - Connecting and disconnecting

extension ChatHandler {
    /// The name of a person, and the token that authenticates the next connection.
    struct Login: Codable, Sendable {
        var name, token: String
        var isAdmin: Bool
    }

    func login(_ connection: Connection, name: String, adminKey: String?) throws -> Login {
        let name = try PersonName(name)
        let isAdmin = adminKey == state.adminKey
        guard adminKey == nil || isAdmin else { throw Refusals.name("This admin link is no longer valid.") }
        let session = try state.withSessions { try $0.begin(name, isAdmin: isAdmin, at: .now) }
        return Login(name: session.name.text, token: session.token, isAdmin: isAdmin)
    }

    struct Me: Codable, Sendable {
        var name: String
        var isAdmin: Bool
        var windows: Int
    }

    func me(_ connection: Connection) -> Me {
        let session = session(of: connection)
        return Me(
            name: connection.userID ?? "", isAdmin: connection.isAdmin ?? false,
            windows: session?.connections.count ?? 0)
    }

    nonisolated(nonsending) func onConnect(_ connection: Connection) async throws {
        guard let id: Int = connection.sessionID else { return }
        guard state.withSessions({ $0.arrive(connection.id, in: id) }) else {
            // The session has ended since the token was accepted.
            throw ConnectionClosure(.policyViolation, reason: "Your session has ended.", advice: .doNotReconnect)
        }
        connection.firstSessionID = id
        connection.metadata["isAdmin"] = .bool(connection.isAdmin ?? false)
        tellWindows(of: connection)
    }

    nonisolated(nonsending) func onDisconnect(_ connection: Connection, closure: ConnectionClosure) async {
        guard let id: Int = connection.firstSessionID else { return }
        state.withSessions { $0.leave(connection.id, from: id, at: .now) }
        tellWindows(of: connection)
    }

    nonisolated(nonsending) func onJoin(_ connection: Connection, room: Room) async { tellRooms(connection.hub) }
    nonisolated(nonsending) func onLeave(_ connection: Connection, room: Room) async { tellRooms(connection.hub) }

    /// Ends the caller's session and closes all of its connections.
    func signOut(_ connection: Connection) {
        guard let id: Int = connection.firstSessionID else { return }
        dismiss(id, connection.hub, 4_501, "Signed out")
    }

    /// Ends a session, which invalidates its token, and closes its connections with the advice not to reconnect.
    func dismiss(_ id: SessionBook.Session.ID, _ hub: Hub, _ code: UInt16, _ reason: String) {
        guard let session = state.withSessions({ $0.end(id) }) else { return }
        for connection in connections(of: session, hub) {
            connection.close(CloseCode(rawValue: code), reason: reason, advice: .doNotReconnect)
        }
    }

    func connections(of session: SessionBook.Session, _ hub: Hub) -> [Connection] {
        session.connections.compactMap { hub.connection(id: $0) }
    }

    /// The session in which the connection was opened, even if it has sent another token since; nil if it has ended.
    private func session(of connection: Connection) -> SessionBook.Session? {
        let id: Int? = connection.firstSessionID
        return id.flatMap { id in state.withSessions { $0.session(id) } }
    }

    private func tellWindows(of connection: Connection) {
        guard let session = session(of: connection) else { return }
        for window in connections(of: session, connection.hub) {
            try? window.send(session.connections.count, event: "windows")
        }
    }
}
