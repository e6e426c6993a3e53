import Foundation
import Webshocket

/// A notice, as the members of the room `board` receive it.
struct Notice: Codable, Sendable {
    var author, text: String
}

/// Issues tokens that expire. A real service has a login that checks a password, for example a page of your web server or a
/// method on a path that is open to everyone, and keeps its tokens in a database.
actor Tokens {
    private var issued: [String: (user: String, expiry: ContinuousClock.Instant)] = [:]

    func issue(to user: String) -> String {
        issued = issued.filter { $0.value.expiry > .now }
        let token = UUID().uuidString
        issued[token] = (user, .now + .seconds(3_600))
        return token
    }

    /// The user of a token, and how long it is still valid; nil if it has expired or was never issued.
    func user(of token: String) -> (name: String, lifetime: Duration)? {
        guard let (user, expiry) = issued[token], expiry > .now else { return nil }
        return (user, ContinuousClock.now.duration(to: expiry))
    }
}

struct BoardHandler: WebSocketHandler {
    let tokens: Tokens

    // Clients must send a token first. When the token expires, they must send another, or the server disconnects them.
    var access: Access {
        .authenticated(token: { token, _ in
            guard let (name, lifetime) = await tokens.user(of: token) else {
                return .refuse(.unauthorized("The token is not valid."))
            }
            return .admit(userID: name, attributes: ["isEditor": .bool(name == "ann")], expiresAfter: lifetime)
        })
    }

    // Publishes a notice to the other members of the room, and returns how many notices this connection has posted.
    func post(_ connection: Connection, text: String) throws -> Int {
        guard text.count <= 100 else {
            throw RPCError("the notice is too long", code: 4001, data: ["limit": 100])
        }
        let count = (connection.noticeCount ?? 0) + 1
        connection.noticeCount = count  // a session attribute: it lasts as long as the connection
        let notice = Notice(author: connection.userID ?? "", text: text)
        try connection.publish(notice, to: "board", event: "notice", excluding: connection)
        return count
    }

    // Lists the members of the room.
    func readers(_ connection: Connection) -> [String] {
        connection.hub.room("board").members.compactMap(\.userID)
    }

    func clear(_ connection: Connection) throws {
        try connection.publish(true, to: "board", event: "cleared")
    }

    var methods: RPCMethods {
        RPCMethod("post", post).rateLimit(5, per: "10s", scope: .user)
        RPCMethod("readers", readers)
        RPCMethod("clear", clear).requires(Is("isEditor"))
    }

    // Clients may join the room themselves. Each member is notified when another joins or leaves.
    var channels: ChannelRules {
        ChannelRule("board").requires(Has("userID")).announcesMembers()
    }
}

@main
struct Board {
    static func main() async {
        do {
            try await serve()
        } catch {
            FileHandle.standardError.write(Data("Board: \(error)\n".utf8))
            exit(1)
        }
    }

    static func serve() async throws {
        let tokens = Tokens()
        let port = CommandLine.arguments.dropFirst().first.flatMap { Int($0) } ?? 5_000
        let server = WebSocketServer(host: "127.0.0.1", port: port) {
            WebSocketRoute("/", BoardHandler(tokens: tokens))
            HTTPRoute("/token") { request in .text(await tokens.issue(to: request.queryItems["user"] ?? "guest")) }
            JavaScriptClient("/webshocket.js")
        }
        // Publishes from outside a method, here once a minute.
        let clock = Task {
            while true {
                try await Task.sleep(for: .seconds(60))
                try server.hub.publish(Date.now, to: "board", event: "time")
            }
        }
        // Runs until SIGINT or SIGTERM.
        try await server.serve {
            // Unlike print(), this appears at once if the output goes to a file or a pipe.
            FileHandle.standardOutput.write(Data("The board listens on \(server.url)\n".utf8))
        }
        clock.cancel()
    }
}
