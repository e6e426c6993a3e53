/// The WebSocket subprotocols that server and client support.
enum Subprotocol {
    static let messagePack = "webshocket.v1"
    static let json = "webshocket.json"
}
