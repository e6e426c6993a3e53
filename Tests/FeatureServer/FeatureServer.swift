import Foundation
import Webshocket

/// A server that uses every server feature, for tests with clients that are not our own implementation. It runs in its
/// own process. See Tests/Features.md.
@main
struct FeatureServer {
    static func main() async throws {
        let options = try ServerOptions(CommandLine.arguments.dropFirst())
        if options.acceptsByHand { return try await serveByHand(options.configuration) }
        let metrics = Metrics()
        let server = WebSocketServer(port: 0, configuration: options.configuration) {
            WebSocketRoute("/", FeatureHandler())
            HTTPRoute("/") { _ in .html("<!doctype html><title>Features</title><p>hello") }
            HTTPRoute("/metrics") { _ in metrics.response }
            WebSocketRoute("/members", MembersHandler())
            WebSocketRoute("/limited", LimitedHandler())
            WebSocketRoute("/text", access: .everyone, receiving: String.self) { connection, text in
                try connection.send(text.uppercased())
            }
            WebSocketRoute("/bytes", access: .everyone, receiving: [UInt8].self) { connection, bytes in
                try connection.send(bytes + [255])
            }
            WebSocketRoute("/points", access: .everyone, receiving: Point.self) { connection, point in
                try connection.send(Point(x: point.y, y: point.x))
            }
        }
        metrics.server.withLock { $0 = server }
        try await server.serve { say("Serving \(server.url)") }
    }

    /// Runs a server without a handler type. A loop for each connection answers its packets.
    private static func serveByHand(_ configuration: ServerConfiguration) async throws {
        let server = WebSocketServer(port: 0, configuration: configuration)
        try await withThrowingDiscardingTaskGroup { group in
            group.addTask { try await server.serve { say("Serving \(server.url)") } }
            // Ends when the server has stopped.
            while let connection = try? await server.accept() {
                group.addTask {
                    while let packet = try? await connection.receive() {
                        try connection.send(["by_hand": packet.data ?? .null])
                    }
                }
            }
        }
    }

    /// Prints a line without buffering, also if the output is a file.
    private static func say(_ line: String) {
        FileHandle.standardOutput.write(Data("\(line)\n".utf8))
    }
}

struct Point: Codable, Sendable {
    var x, y: Double
}

/// A handler that accepts two messages per hour from each connection.
struct LimitedHandler: WebSocketHandler {
    let access = Access.everyone.rateLimit(2, per: "1h")

    func onReceive(_ connection: Connection, packet: Packet) async throws {
        try connection.send(["received": packet.data ?? .null])
    }
}
