import EventLoops
import Webshocket

/// What a server counts, in the text that Prometheus reads.
final class Metrics: Sendable {
    /// Set when there is one: its pages are declared before.
    let server = Locked<WebSocketServer?>(nil)

    var response: HTTPResponse {
        guard let server = server.withLock(\.self) else { return .text("", status: 503) }
        let statistics = server.hub.statistics
        let lines = [
            "webshocket_connections \(statistics.connections)", "webshocket_rooms \(statistics.rooms)",
            "webshocket_messages_published_total \(statistics.published)",
            "webshocket_messages_delivered_total \(statistics.delivered)",
        ]
        return .text(lines.map { $0 + "\n" }.joined())
    }
}
