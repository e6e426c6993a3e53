/// The WebSocket subprotocols that server and client support.
package enum Subprotocol {
    package static let messagePack = "webshocket.v1"
    package static let json = "webshocket.json"
}
