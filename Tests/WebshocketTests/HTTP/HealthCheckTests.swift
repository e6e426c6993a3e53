import EventLoops
import Testing
import Webshocket

@Suite("Health checks", .timeLimit(.minutes(5)))
struct HealthCheckTests {
    struct Flaw: Error {}

    private func statuses(_ checks: HealthChecks?, _ paths: String...) async throws -> [Int] {
        var configuration = ServerConfiguration.quiet
        configuration.healthChecks = checks
        var statuses: [Int] = []
        try await withServer(
            configuration,
            routes: {
                WebSocketRoute("/", access: .everyone) { _, _ in }
                HTTPRoute("/mine") { _ in .text("mine", status: 202) }
            }
        ) { server in
            let peer = try await HTTPPeer(port: server.port)
            for path in paths { statuses.append(try await peer.get(path).status) }
        }
        return statuses
    }

    @Test("report that a server runs and is ready, unless the readiness closure says otherwise")
    func readiness() async throws {
        #expect(try await statuses(HealthChecks(), "/health", "/ready") == [200, 200])
        #expect(try await statuses(HealthChecks(isReady: { true }), "/ready") == [200])
        #expect(try await statuses(HealthChecks(isReady: { false }), "/health", "/ready", "/ready") == [200, 503, 503])
        #expect(try await statuses(HealthChecks(isReady: { throw Flaw() }), "/ready") == [503])
        #expect(try await statuses(nil, "/health", "/ready") == [404, 404])
        #expect(try await statuses(HealthChecks(healthPath: "/live"), "/health", "/live") == [404, 200])
        #expect(try await statuses(HealthChecks(healthPath: "/mine"), "/mine") == [202])
    }

    @Test("must not be cached")
    func caches() async throws {
        try await withServer(SampleHandler()) { server in
            let answer = try await HTTPPeer.get(server.port, "/health")
            #expect(answer["Cache-Control"] == "no-store" && answer["ETag"] == nil)
            #expect(try await HTTPPeer.get(server.port, "/health", "If-None-Match: *").status == 200)
            #expect(try await HTTPPeer.get(server.port, "/ready", method: "HEAD").status == 200)
        }
    }

    @Test("must have valid paths", arguments: ["health", "/health?full"])
    func paths(path: String) async throws {
        var configuration = ServerConfiguration.quiet
        configuration.healthChecks = HealthChecks(healthPath: path)
        let server = WebSocketServer(port: 0, handler: SampleHandler(), configuration: configuration)
        let error = await #expect(throws: ServerError.self) { try await server.start() }
        #expect(error?.code == .invalidRoute)
    }

    @Test("report a shutdown on connections that are already open", arguments: [("/ready", 503), ("/health", 200)])
    func draining(path: String, status: Int) async throws {
        var answer: HTTPAnswer?
        // The shutdown leaves a second for the request, which may not be enough on a busy machine.
        for _ in 0..<5 where answer == nil { answer = try await askWhileDraining(path) }
        #expect(answer?.status == status && answer?["Connection"] == "close")
    }

    private func askWhileDraining(_ path: String) async throws -> HTTPAnswer? {
        let released = Gate()
        let begun = Gate()
        var configuration = ServerConfiguration.quiet
        configuration.loops = 1
        let server = WebSocketServer(port: 0, configuration: configuration) {
            HTTPRoute("/slow") { _ in
                begun.open()
                await released.wait()
                return .text("")
            }
        }
        try await server.start()
        // Delays the shutdown.
        let busy = try await HTTPPeer(port: server.port)
        busy.send("/slow")
        await begun.wait()
        let early = try await HTTPPeer(port: server.port)
        early.raw.send("GET \(path) HTTP/1.1\r\n")
        let idle = try await HTTPPeer(port: server.port)
        #expect(try await idle.get("/health").status == 200)
        try await until { server.connectionCount >= 3 }
        async let stopped: Void = server.stop(within: .patient)
        // The shutdown has begun when this connection is closed.
        _ = await idle.rest()
        early.raw.send("Host: a\r\n\r\n")
        var bytes = Array(await early.rest().utf8)[...]
        released.open()
        await stopped
        return HTTPAnswer.first(of: &bytes)
    }
}
