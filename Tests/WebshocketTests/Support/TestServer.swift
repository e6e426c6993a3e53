import Testing
import Webshocket

/// Starts a server on a free port for the length of `body`, and stops it whatever happens.
func withServer(
    _ handler: some WebSocketHandler, _ configuration: ServerConfiguration = .quiet,
    _ body: (WebSocketServer) async throws -> Void
) async throws {
    try await withServer(configuration, routes: { Route("/", handler) }, body)
}

func withServer(
    _ configuration: ServerConfiguration = .quiet, @RoutesBuilder routes: () -> [ServedPath],
    _ body: (WebSocketServer) async throws -> Void
) async throws {
    try await withServer(WebSocketServer(port: 0, configuration: configuration, routes: routes), body)
}

func withServer(_ server: WebSocketServer, _ body: (WebSocketServer) async throws -> Void) async throws {
    try await server.start()
    do {
        try await body(server)
    } catch {
        await server.stop(within: .zero)
        throw error
    }
    await server.stop(within: .seconds(2))
}

/// Connects a client for the length of `body`.
func withClient<R>(
    _ url: String, _ dialect: ClientConfiguration.Dialect = .messagePack, _ body: (WebSocketClient) async throws -> R
) async throws -> R {
    var configuration = ClientConfiguration()
    configuration.dialect = dialect
    configuration.reconnect = .never
    configuration.connectTimeout = .patient
    let client = WebSocketClient(url, configuration: configuration)
    try await client.connect()
    let result: R
    do {
        result = try await body(client)
    } catch {
        await client.close()
        throw error
    }
    await client.close()
    return result
}

extension ServerConfiguration {
    /// Two loops, nothing on the standard error stream, and no pings, which peers of bytes do not expect or answer.
    static var quiet: ServerConfiguration {
        var configuration = ServerConfiguration()
        configuration.loops = 2
        configuration.log = .silent
        // On a busy machine any method may look like one that holds its loop.
        configuration.watchdog = nil
        configuration.timeouts.heartbeat = nil
        // A machine with much else to do must not look like a peer that dawdles.
        configuration.timeouts.handshake = .patient
        configuration.timeouts.authentication = .patient
        configuration.tls = TestWire.server
        return configuration
    }

    /// The same without TLS whatever the tests' wire is, for what is about bytes in front of it or has none.
    static var plain: ServerConfiguration {
        var configuration = quiet
        configuration.tls = nil
        return configuration
    }
}

extension ClientConfiguration.Dialect {
    /// The two that carry packets.
    static let codecs: [ClientConfiguration.Dialect] = [.messagePack, .json]

}

extension WebSocketClient {
    /// Calls a method and expects its result.
    func expect(
        _ result: Value, from method: String, _ arguments: Value..., named: [String: Value] = [:],
        sourceLocation: SourceLocation = #_sourceLocation
    ) async throws {
        let response = try await sendRPC(method, arguments: arguments, named: named)
        #expect(response.data == result && response.error == nil, sourceLocation: sourceLocation)
    }

    /// Calls a method and expects it to fail, or with nil not to.
    func expect(
        error: RPCErrorCode?, from method: String, _ arguments: Value...,
        sourceLocation: SourceLocation = #_sourceLocation
    ) async throws {
        let response = try await sendRPC(method, arguments: arguments)
        #expect(response.error == error, sourceLocation: sourceLocation)
    }
}

extension Message {
    /// The text of a text message.
    var asText: String {
        get throws {
            guard case .text(let text) = self else { throw NoText(message: self) }
            return text
        }
    }

    struct NoText: Error {
        let message: Message
    }
}

extension WebSocketClient {
    /// A client that stays disconnected when its connection is lost.
    convenience init(once url: String, configuration: ClientConfiguration = ClientConfiguration()) {
        var configuration = configuration
        configuration.reconnect = .never
        if configuration.connectTimeout == ClientConfiguration().connectTimeout {
            configuration.connectTimeout = .patient
        }
        self.init(url, configuration: configuration)
    }
}

extension Duration {
    /// Long enough for a machine that other suites keep busy, where time is not what is tested.
    static let patient = Duration.seconds(50)
}
