import Webshocket

/// The handler with authentication for the examples of Protocol.md.
struct Members: WebSocketHandler {
    var access: Access {
        .authenticated { request in
            switch request.cookies["session"] {
            case nil: .awaitToken
            case "ann": .admit(userID: "ann")
            case .some: .refuse(.unauthorized)
            }
        } token: { token, _ in
            switch token {
            case "good": .admit(userID: "ann")
            case "brief": .admit(userID: "ann", expiresAfter: .milliseconds(3_599_500))
            default: .refuse(.unauthorized)
            }
        }
    }

    func secret(_ connection: Connection) -> String { "Sensitive Data" }

    var methods: RPCMethods {
        RPCMethod("secret", secret).requires(Has("userID"))
    }
}
