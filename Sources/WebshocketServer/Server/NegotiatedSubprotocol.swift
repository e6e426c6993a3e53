/// The codec and the subprotocol, selected from the subprotocols that a peer offers (Protocol.md, "Codecs"). For
/// raw messages, it is the route's first declared subprotocol that the peer offers.
struct NegotiatedSubprotocol {
    let codec: PacketCodec
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
