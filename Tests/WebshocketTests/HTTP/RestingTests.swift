import EventLoops
import Testing
import Webshocket

@Suite("An idle HTTP connection", .timeLimit(.minutes(5)))
struct RestingTests {
    private static func limited(perAddress: Bool, to count: Int) -> ServerConfiguration {
        var configuration = ServerConfiguration.quiet
        if perAddress {
            configuration.limits.connectionsPerAddress = count
        } else {
            configuration.limits.connections = count
        }
        return configuration
    }

    @Test("is closed to make room for a new connection, the longest idle one first", arguments: [true, false])
    func room(perAddress: Bool) async throws {
        try await withServer(
            Self.limited(perAddress: perAddress, to: 3),
            routes: {
                WebSocketRoute("/", access: .everyone) { connection, message in connection.send(message) }
                HTTPRoute("/quick") { _ in .text("quick") }
            }
        ) { server in
            var peers: [HTTPPeer] = []
            for _ in 0..<3 {
                peers.append(try await HTTPPeer(port: server.port))
                #expect(try await peers.last?.get("/quick").status == 200)
            }
            #expect(try await peers[0].get("/quick").status == 200)
            var sockets: [HTTPPeer] = []
            for next in [1, 2, 0] {
                #expect(!peers[next].raw.isClosed)
                sockets.append(try await HTTPPeer(port: server.port))
                sockets.last?.raw.send(RawFrame.upgrade)
                #expect(try await sockets.last?.answer().status == 101)
                #expect(await peers[next].rest() == "")
                #expect(server.connectionCount == 3)
            }
            // WebSockets are not closed to make room.
            let refused = try await HTTPPeer.get(server.port, "/quick")
            #expect(refused.status == (perAddress ? 429 : 503))
            sockets[0].raw.close()
            try await until { server.connectionCount <= 2 }
            #expect(try await HTTPPeer.get(server.port, "/quick").status == 200)
        }
    }

    @Test("is closed to make room only if no request or response is pending", arguments: [true, false])
    func busy(perAddress: Bool) async throws {
        let (begun, released) = (Gate(), Gate())
        try await withServer(
            Self.limited(perAddress: perAddress, to: 1),
            routes: {
                HTTPRoute("/slow") { _ in
                    begun.open()
                    await released.wait()
                    return .text("slow")
                }
                HTTPRoute("/quick") { _ in .text("quick") }
            }
        ) { server in
            let peer = try await HTTPPeer(port: server.port)
            #expect(try await peer.get("/quick").status == 200)
            peer.send("/slow")
            await begun.wait()
            let refusal = perAddress ? 429 : 503
            #expect(try await HTTPPeer.get(server.port, "/quick").status == refusal)
            released.open()
            #expect(try await peer.answer().text == "slow")
            #expect(try await HTTPPeer.get(server.port, "/quick").status == 200)
            #expect(await peer.rest() == "")
        }
    }

    @Test("is counted after its end until its page's closure returns, even if that ignores cancellation")
    func stubborn() async throws {
        let (hasBegun, isCancelled, leave) = (Gate(), Gate(), Gate())
        try await withServer(
            Self.limited(perAddress: true, to: 1),
            routes: {
                HTTPRoute("/quick") { _ in .text("quick") }
                HTTPRoute("/stubborn") { _ in
                    await withTaskCancellationHandler {
                        hasBegun.open()
                        await leave.wait()
                    } onCancel: {
                        isCancelled.open()
                    }
                    return .text("stubborn")
                }
            }
        ) { server in
            let peer = try await HTTPPeer(port: server.port)
            peer.send("/stubborn")
            await hasBegun.wait()
            peer.raw.close()
            await isCancelled.wait()
            #expect(try await HTTPPeer.get(server.port, "/quick").status == 429)
            leave.open()
            var status = 429
            while status == 429 { status = try await HTTPPeer.get(server.port, "/quick").status }
            #expect(status == 200)
        }
    }
}
