/// The sub-protocols that both sides know.
enum Subprotocol {
    static let messagePack = "webshocket.v1"
    static let json = "webshocket.json"
}
