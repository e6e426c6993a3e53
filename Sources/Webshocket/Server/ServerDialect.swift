/// What a peer speaks, from the sub-protocols that it offers (Protocol.md, "Which codec").
struct ServerDialect {
    let codec: Codec
    let subprotocol: String?

    init(offered: [String], service: Router.Service) {
        switch service {
        case .messages: (codec, subprotocol) = (.json, nil)
        case .packets:
            if offered.contains(Subprotocol.messagePack) {
                (codec, subprotocol) = (.messagePack, Subprotocol.messagePack)
            } else {
                (codec, subprotocol) = (.json, offered.contains(Subprotocol.json) ? Subprotocol.json : nil)
            }
        }
    }
}
