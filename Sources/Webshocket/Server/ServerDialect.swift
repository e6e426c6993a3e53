/// What a peer speaks, from the sub-protocols that it offers (Protocol.md, "Which codec"); of raw messages the first
/// that the route declares.
struct ServerDialect {
    let codec: Codec
    let subprotocol: String?

    init(offered: [String], service: Router.Service) {
        switch service {
        case .messages(let service):
            (codec, subprotocol) = (.json, service.subprotocols.first(where: offered.contains))
        case .packets:
            if offered.contains(Subprotocol.messagePack) {
                (codec, subprotocol) = (.messagePack, Subprotocol.messagePack)
            } else {
                (codec, subprotocol) = (.json, offered.contains(Subprotocol.json) ? Subprotocol.json : nil)
            }
        }
    }
}
