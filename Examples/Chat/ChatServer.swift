import Foundation
import Webshocket

/// The server of the chat: the page, the JavaScript client that it imports, and the WebSocket path, on one port.
struct ChatServer: Sendable {
    let server: WebSocketServer
    let state = ChatState(adminKey: SessionBook.randomToken())

    /// The page loads everything from this server. Text that a person has typed cannot run as code, even if the page
    /// has a bug.
    static let contentPolicy = [
        "default-src 'none'", "script-src 'self'", "style-src 'self'", "img-src 'self'", "connect-src 'self'",
        "base-uri 'none'", "form-action 'none'", "frame-ancestors 'none'", "require-trusted-types-for 'script'",
    ].joined(separator: "; ")

    init(host: String, port: Int) throws {
        let handler = ChatHandler(state: state)
        var headers = HTTPHeaders()
        try headers.add(name: "Content-Security-Policy", value: Self.contentPolicy)
        try headers.add(name: "Referrer-Policy", value: "no-referrer")
        try headers.add(name: "X-Content-Type-Options", value: "nosniff")
        // During development, a reload then shows the current page.
        try headers.add(name: "Cache-Control", value: "no-cache")
        server = WebSocketServer(host: host, port: port) {
            WebSocketRoute("/chat", handler)
            StaticFiles("/", in: Bundle.module.resourcePath.map { $0 + "/Public" } ?? "Public", headers: headers)
            JavaScriptClient("/webshocket.js")
        }
    }

    /// Runs the server until it is stopped by a signal, and prints its address.
    func run() async throws {
        try await server.serve {
            let address = server.url.replacing("ws://", with: "http://", maxReplacements: 1)
            Console.say("The chat is open at \(address)")
            Console.say("The admin link is \(address)/#admin=\(state.adminKey)")
        }
    }
}
