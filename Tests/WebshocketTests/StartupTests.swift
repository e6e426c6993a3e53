import Testing
import Webshocket

@Suite("Startup", .timeLimit(.minutes(5)))
struct StartupTests {
    struct Methods: WebSocketHandler {
        let access = Access.everyone
        let names: [String]
        var methods: RPCMethods {
            for name in names { RPCMethod(name) { (_: Connection) in } }
        }
    }

    @Test(
        "a bad method name is refused with an error that names it",
        arguments: [
            (["add", "add"], "method 'add' is registered twice"),
            (["__abort__"], "method '__abort__': names that begin with '__' are reserved"),
            ([""], "method '': a name must have 1 to 256 bytes and no control characters"),
            (["a\nb"], #"method 'a\u{a}b': a name must have 1 to 256 bytes and no control characters"#),
        ])
    func methodNames(names: [String], message: String) async throws {
        let server = WebSocketServer(port: 0, handler: Methods(names: names), configuration: .quiet)
        await #expect(throws: ServerError(code: .invalidMethod, message: message)) { try await server.start() }
    }

    @Test("a name of 256 bytes passes, one of 257 is refused")
    func longNames() async throws {
        try await withServer(Methods(names: [String(repeating: "n", count: 256)])) { _ in }
        let server = WebSocketServer(port: 0, handler: Methods(names: [String(repeating: "n", count: 257)]))
        await #expect(throws: ServerError.self) { try await server.start() }
    }

    @Test("a port that another server in this process listens on is refused")
    func portInUse() async throws {
        try await withServer(SampleHandler()) { first in
            let second = WebSocketServer(port: first.port, handler: SampleHandler(), configuration: .quiet)
            let error = await #expect(throws: ServerError.self) { try await second.start() }
            #expect(error?.code == .cannotListen)
            #expect(error?.message.contains(":\(first.port)") == true)
        }
    }

    /// Starts a server on a random port below the ephemeral range, so that no other socket takes it when it is free.
    private static func serverOnChosenPort() async throws -> WebSocketServer {
        while true {
            let port = Int.random(in: 10_000..<32_000)
            let server = WebSocketServer(port: port, handler: SampleHandler(), configuration: .quiet)
            do {
                try await server.start()
                return server
            } catch {
                guard error.code == .cannotListen else { throw error }
                try Task.checkCancellation()
            }
        }
    }

    @Test("a port is free again as soon as its server has stopped")
    func portReuse() async throws {
        let first = try await Self.serverOnChosenPort()
        let port = first.port
        try await withClient(first.url) { client in try await client.expect(3, from: "add", 1, 2) }
        await first.stop()
        let second = WebSocketServer(port: port, handler: SampleHandler(), configuration: .quiet)
        try await second.start()
        await second.stop()
    }

    @Test("a duplicate path, an invalid path and a server without paths are refused")
    func paths() async throws {
        for (paths, message) in [
            (["/a", "/a"], "path '/a' has two handlers"),
            (["a"], "path 'a': a path must begin with '/' and must not contain '?' or '#'"),
            (["/?"], "path '/?': a path must begin with '/' and must not contain '?' or '#'"),
            ([], "the server has no path to serve"),
        ] {
            let server = WebSocketServer(port: 0, configuration: .quiet) {
                for path in paths { WebSocketRoute(path, SampleHandler()) }
            }
            await #expect(throws: ServerError(code: .invalidRoute, message: message)) { try await server.start() }
        }
    }

    @Test("a setting out of its range is refused with an error that names it")
    func settings() async throws {
        var configuration = ServerConfiguration.quiet
        configuration.limits.messageSize = 0
        let server = WebSocketServer(port: 0, handler: SampleHandler(), configuration: configuration)
        let message = "limits.messageSize must be at least 1 (got 0)"
        await #expect(throws: ServerError(code: .invalidConfiguration, message: message)) { try await server.start() }
    }

    @Test("a server that was stopped before does not start")
    func stoppedBefore() async throws {
        let server = WebSocketServer(port: 0, handler: SampleHandler(), configuration: .quiet)
        await server.stop()
        let error = await #expect(throws: ServerError.self) { try await server.start() }
        #expect(error?.code == .alreadyStarted)
    }

    @Test("a server that is stopped while it starts ends up stopped")
    func stoppedMeanwhile() async throws {
        try await withSocketFolder { folder in
            for number in 0..<20 {
                let socket = "\(folder)/\(number)"
                let server = WebSocketServer(unixSocket: socket, handler: SampleHandler(), configuration: .plain)
                async let starting: Void = server.start()
                async let stopping: Void = server.stop()
                _ = try? await starting
                await stopping
                await server.stop()
                await #expect(throws: ClientError.self) { try await WebSocketClient(once: server.url).connect() }
            }
        }
    }

    @Test("a server that has started cannot start again")
    func startsOnce() async throws {
        try await withServer(SampleHandler()) { server in
            let error = await #expect(throws: ServerError.self) { try await server.start() }
            #expect(error?.code == .alreadyStarted)
        }
    }
}
