import EventLoops
import Testing
import Webshocket

@Suite("Server references", .timeLimit(.minutes(5)))
struct ServerReferenceTests {
    private struct Handler: WebSocketHandler {
        let access = Access.everyone

        func paths(_ connection: Connection) throws -> [String] {
            let server = try #require(connection.server)
            return [connection.hub.path, server.hub(at: "/other")?.path ?? "", "\(server.connectionCount)"]
        }

        func tellOthers(_ connection: Connection) throws {
            try connection.server?.hub(at: "/other")?.broadcast("hello")
        }

        var methods: RPCMethods {
            RPCMethod("paths", paths)
            RPCMethod("tellOthers", tellOthers)
        }
    }

    @Test("handlers and pages can reach their server and the hubs of all its paths")
    func hubs() async throws {
        try await withServer(routes: {
            WebSocketRoute("/", Handler())
            WebSocketRoute("/other", Handler())
            HTTPRoute("/tell") { request in
                try request.server?.hub(at: "/other")?.broadcast("from the page")
                return .text("told \(request.server?.connectionCount ?? 0)")
            }
        }) { server in
            let peer = try await PacketPeer(port: server.port, .json)
            let other = try await PacketPeer(port: server.port, path: "/other", .json)
            try await other.expect(.null, from: "__ping__")
            try await peer.expect(["/", "/other", "2"], from: "paths")
            try await peer.expect(.null, from: "tellOthers")
            #expect(try await other.packet() == Packet(source: .broadcast, data: "hello"))
            let page = try await RawPeer(port: server.port)
            page.send("GET /tell HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
            let answer = await page.everything()
            #expect(answer.hasSuffix("told 3"))
            #expect(try await other.packet() == Packet(source: .broadcast, data: "from the page"))
            peer.close()
            other.close()
        }
    }

    @Test("handlers do not retain their server")
    func noCycle() async throws {
        weak var released: WebSocketServer?
        do {
            let server = WebSocketServer(port: 0, handler: Handler(), configuration: .quiet)
            released = server
            try await withServer(server) { server in
                try await PacketPeer.connected(to: server, .json) { peer in
                    try await peer.expect(["/", "", "1"], from: "paths")
                }
            }
        }
        #expect(released == nil)
    }
}
