import BlockingPeers
import EventLoops
import Foundation
import Testing
import Webshocket

@Suite("An HTTP connection", .timeLimit(.minutes(5)))
struct HTTPConnectionTests {
    /// Reports when it has begun, and waits until it is released or cancelled.
    private final class Slow: Sendable {
        let begun = Gate()
        let released = Gate()
        let cancelled = Gate()

        var page: HTTPRoute {
            HTTPRoute("/slow") { _ in
                self.begun.open()
                await withTaskCancellationHandler {
                    await self.released.wait()
                } onCancel: {
                    self.cancelled.open()
                    self.released.open()
                }
                return .text("slow")
            }
        }
    }

    private func withPages(
        _ slow: Slow, _ configuration: ServerConfiguration = .quiet, _ body: (WebSocketServer) async throws -> Void
    ) async throws {
        try await withServer(
            configuration,
            routes: {
                WebSocketRoute("/", access: .everyone) { connection, message in connection.send(message) }
                slow.page
                HTTPRoute("/quick") { _ in .text("quick") }
                HTTPRoute("/large") { _ in HTTPResponse(body: [UInt8](repeating: 7, count: 20_000_000)) }
            }, body)
    }

    @Test("cancels a page when its peer disconnects")
    func leaving() async throws {
        let slow = Slow()
        try await withPages(slow) { server in
            let peer = try await HTTPPeer(port: server.port)
            peer.send("/slow")
            await slow.begun.wait()
            peer.raw.close()
            await slow.cancelled.wait()
        }
    }

    @Test("responds in place of a page that takes too long, cancels it, and stays open")
    func pageTimeout() async throws {
        let slow = Slow()
        var configuration = ServerConfiguration.quiet
        configuration.timeouts.httpResponse = .milliseconds(50)
        try await withPages(slow, configuration) { server in
            let peer = try await HTTPPeer(port: server.port)
            let answer = try await peer.get("/slow")
            #expect(answer.status == 503 && answer["Cache-Control"] == "no-store")
            await slow.cancelled.wait()
            #expect(try await peer.get("/quick").text == "quick")
        }
    }

    @Test("closes after an idle time without requests")
    func idle() async throws {
        var configuration = ServerConfiguration.quiet
        configuration.timeouts.keepAlive = .milliseconds(50)
        try await withPages(Slow(), configuration) { server in
            let peer = try await HTTPPeer(port: server.port)
            #expect(try await peer.get("/quick").status == 200)
            #expect(await peer.rest() == "")
        }
    }

    @Test("closes if a request is incomplete for too long")
    func unfinished() async throws {
        var configuration = ServerConfiguration.quiet
        configuration.timeouts.keepAlive = .patient
        // This deadline applies to the first head too, and the machine may be busy.
        configuration.timeouts.handshake = .seconds(10)
        try await withPages(Slow(), configuration) { server in
            let peer = try await HTTPPeer(port: server.port)
            #expect(try await peer.get("/quick").status == 200)
            peer.raw.send("GET /quick HTTP/1.1\r\n")
            #expect(await peer.rest() == "")
        }
    }

    @Test("reads nothing more while a response is pending")
    func backPressure() async throws {
        let slow = Slow()
        try await withPages(slow) { server in
            let peer = try await HTTPPeer(port: server.port)
            peer.send("/slow")
            await slow.begun.wait()
            // More than the buffers of two sockets hold.
            let request = HTTPPeer.head("GET", "/quick", ["X-Long: \(String(repeating: "a", count: 8_000))"])
            peer.raw.send(String(repeating: request, count: 2_000))
            await peer.raw.settle()
            #expect(await peer.raw.unsentBytes > 0)
            slow.released.open()
            #expect(try await peer.answer().text == "slow")
            #expect(try await peer.answer().text == "quick")
            peer.raw.close()
        }
    }

    @Test("is closed if its peer does not read a response")
    func stall() async throws {
        var configuration = ServerConfiguration.plain
        configuration.timeouts.write = .milliseconds(100)
        try await withPages(Slow(), configuration) { server in
            let port = server.port
            let count = try await BlockingPeer.aside {
                let peer = try BlockingPeer(port: port)
                try peer.send(HTTPPeer.head("GET", "/large"))
                guard peer.receive(100) == 100 else { return Int?.none }
                while server.connectionCount > 0 { Thread.sleep(forTimeInterval: 0.01) }
                return peer.receive(.max)
            }
            #expect(try #require(count) < 20_000_000)
        }
    }

    @Test("is not closed while its peer reads slowly")
    func slowness() async throws {
        var configuration = ServerConfiguration.plain
        let patience = Duration.seconds(2)
        configuration.timeouts.write = patience
        try await withPages(Slow(), configuration) { server in
            let port = server.port
            let count = try await BlockingPeer.aside {
                while true {
                    let peer = try BlockingPeer(port: port)
                    try peer.send(HTTPPeer.head("GET", "/large", ["Connection: close"]))
                    var (count, longest, last) = (0, Duration.zero, ContinuousClock.now)
                    // In ten pieces, over twice the time that a peer may read nothing.
                    for _ in 0..<10 {
                        count += peer.receive(1_500_000) ?? 0
                        Thread.sleep(forTimeInterval: 0.4)
                        longest = max(longest, .now - last)
                        last = .now
                    }
                    count += peer.receive(.max) ?? 0
                    // If the peer itself was delayed for that long, the result means nothing.
                    if longest < patience / 2 || count > 20_000_000 { return count }
                }
            }
            #expect(count > 20_000_000)
        }
    }

    @Test("lets a peer that has ended its side read the pending responses")
    func halfClose() async throws {
        try await withPages(Slow(), .plain) { server in
            let port = server.port
            let head = Array((HTTPPeer.head("GET", "/quick") + HTTPPeer.head("GET", "/quick")).utf8)
            let bytes = try await BlockingPeer.aside { try BlockingPeer.exchange(head, port: port) }
            #expect(String(decoding: bytes, as: UTF8.self).split(separator: "quick").count == 2)
        }
    }

    @Test("closes at a shutdown: at once if it is idle, or after its pending response")
    func shutdown() async throws {
        let slow = Slow()
        // With one loop, the end of one connection shows that the shutdown has reached the other connection too.
        var configuration = ServerConfiguration.quiet
        configuration.loops = 1
        try await withPages(slow, configuration) { server in
            let idle = try await HTTPPeer(port: server.port)
            #expect(try await idle.get("/quick").status == 200)
            let busy = try await HTTPPeer(port: server.port)
            busy.send("/slow")
            await slow.begun.wait()
            async let stopped: Void = server.stop(within: .patient)
            #expect(await idle.rest() == "")
            slow.released.open()
            let answer = try await busy.answer()
            #expect(answer.text == "slow" && answer["Connection"] == "close")
            #expect(await busy.rest() == "")
            await stopped
        }
    }

    @Test("closes at the end of a shutdown, even if a response is pending")
    func endOfShutdown() async throws {
        let slow = Slow()
        try await withPages(slow) { server in
            let busy = try await HTTPPeer(port: server.port)
            busy.send("/slow")
            await slow.begun.wait()
            await server.stop(within: .milliseconds(50))
            #expect(await busy.rest() == "")
            await slow.cancelled.wait()
        }
    }

    @Test("is counted once, and for the client that a proxy currently forwards for")
    func counting() async throws {
        var configuration = ServerConfiguration.quiet
        configuration.trustedProxies = TrustedProxies(["127.0.0.1"])
        configuration.limits.connectionsPerAddress = 1
        let slow = Slow()
        try await withPages(slow, configuration) { server in
            func client(_ number: Int) -> String { "X-Forwarded-For: 192.0.2.\(number)" }
            let first = try await HTTPPeer(port: server.port)
            for number in [1, 1, 2, 3] { #expect(try await first.get("/quick", client(number)).status == 200) }
            let second = try await HTTPPeer(port: server.port)
            // The addresses of earlier requests of the first connection are not counted any more.
            #expect(try await second.get("/quick", client(1)).status == 200)
            #expect(try await second.get("/quick", client(3)).status == 200)
            #expect(server.connectionCount == 2)
            first.send("/slow", client(3))
            await slow.begun.wait()
            let refused = try await second.get("/quick", client(3))
            #expect(refused.status == 429 && refused["Connection"] == "close")
            #expect(await second.rest() == "")
            slow.released.open()
            #expect(try await first.answer().text == "slow")
            first.raw.send(RawFrame.upgrade.dropLast() + "\(client(4))\r\n\r\n")
            #expect(try await first.answer().status == 101)
            #expect(try await HTTPPeer.get(server.port, "/quick", client(4)).status == 429)
            #expect(try await HTTPPeer.get(server.port, "/quick", client(3)).status == 200)
            first.raw.close()
            try await until { server.connectionCount == 0 }
            #expect(try await HTTPPeer.get(server.port, "/quick", client(4)).status == 200)
        }
    }
}
