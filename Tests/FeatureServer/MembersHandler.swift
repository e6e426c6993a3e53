import Webshocket

/// A handler that authenticates clients by a cookie or a token.
struct MembersHandler: WebSocketHandler {
    var access: Access {
        .authenticated { request in
            switch request.cookies["session"] {
            case "ann's": .admit(userID: "ann", attributes: ["team": "red"])
            case "banned": .refuse(.forbidden)
            case nil where request.queryItems["token"] == "later": .awaitToken
            default: .refuse(.unauthorized)
            }
        } token: { token, _ in
            token == "bob's" ? .admit(userID: "bob") : .refuse(.unauthorized)
        }
    }

    func whoami(_ connection: Connection) -> [String: WireValue] { connection.attributes }

    var methods: RPCMethods { RPCMethod("whoami", whoami) }
}
