import Foundation
import Webshocket

/// The chat on one port: the page, the JavaScript client that it imports, and the WebSockets.
struct ChatServer: Sendable {
    let server: WebSocketServer
    let state = ChatState(adminKey: SessionBook.randomToken())

    /// All that the page needs comes from here; nothing that somebody types could be run, even if it were taken for code.
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
        // Where the page is worked on, a reload shows it as it is.
        try headers.add(name: "Cache-Control", value: "no-cache")
        server = WebSocketServer(host: host, port: port) {
            Route("/chat", handler)
            Files("/", in: Bundle.module.resourcePath.map { $0 + "/Public" } ?? "Public", headers: headers)
            JavaScriptClient("/webshocket.js")
        }
    }

    /// Serves until it is told to end, and says where.
    func run() async throws {
        try await server.run {
            let address = server.url.replacing("ws://", with: "http://", maxReplacements: 1)
            Console.say("The chat is open at \(address)")
            Console.say("The admin comes in at \(address)/#admin=\(state.adminKey)")
        }
    }
}
