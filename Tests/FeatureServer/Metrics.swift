import EventLoops
import Webshocket

/// The statistics of a server in the text format of Prometheus.
final class Metrics: Sendable {
    /// The server; nil until it has been created, because its pages are declared first.
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
