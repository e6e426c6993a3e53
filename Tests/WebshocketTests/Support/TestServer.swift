import Testing
import Webshocket

/// Starts a server on a free port, runs `body`, and stops the server, even if `body` throws.
func withServer(
    _ handler: some WebSocketHandler, _ configuration: ServerConfiguration = .quiet,
    _ body: (WebSocketServer) async throws -> Void
) async throws {
    try await withServer(configuration, routes: { WebSocketRoute("/", handler) }, body)
}

func withServer(
    _ configuration: ServerConfiguration = .quiet, @RoutesBuilder routes: () -> [AnyRoute],
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

/// Connects a client, runs `body`, and closes the client.
func withClient<R>(
    _ url: String, _ codec: PacketCodec = .messagePack, _ body: (WebSocketClient) async throws -> R
) async throws -> R {
    var configuration = ClientConfiguration()
    configuration.codec = codec
    configuration.reconnect = .never
    configuration.connectTimeout = .patient
    let client = WebSocketClient(url, configuration: configuration)
    try await client.connect()
    return try await closing(client.close(_:reason:), after: { try await body(client) })
}

/// Connects a client of raw messages for the length of `body`.
func withRawClient<R>(
    _ url: String, _ configuration: ClientConfiguration = .rawOnce, _ body: (RawWebSocketClient) async throws -> R
) async throws -> R {
    let client = RawWebSocketClient(url, configuration: configuration)
    try await client.connect()
    return try await closing(client.close(_:reason:), after: { try await body(client) })
}

extension ClientConfiguration {
    /// For one connection of a client of raw messages.
    static var rawOnce: ClientConfiguration {
        var configuration = ClientConfiguration(reconnect: .never)
        configuration.connectTimeout = .patient
        return configuration
    }
}

private func closing<R>(
    _ close: (CloseCode, String) async -> Void, after body: () async throws -> R
) async throws -> R {
    let result: R
    do {
        result = try await body()
    } catch {
        await close(.normal, "")
        throw error
    }
    await close(.normal, "")
    return result
}

extension ServerConfiguration {
    /// A configuration with two event loops, no log and no heartbeat. Raw peers do not answer pings.
    static var quiet: ServerConfiguration {
        var configuration = ServerConfiguration()
        configuration.loops = 2
        configuration.log = .silent
        // On a busy machine, any method may seem to block its event loop.
        configuration.watchdog = nil
        configuration.timeouts.heartbeat = nil
        // On a busy machine, a peer may seem too slow.
        configuration.timeouts.handshake = .patient
        configuration.timeouts.authentication = .patient
        configuration.tls = TestWire.server
        return configuration
    }

    /// ``quiet`` without TLS, for tests of bytes before TLS and of endpoints that do not use TLS.
    static var plain: ServerConfiguration {
        var configuration = quiet
        configuration.tls = nil
        return configuration
    }
}

extension PacketCodec {
    /// The two codecs that carry packets.
    static let codecs: [PacketCodec] = [.messagePack, .json]

}

extension WebSocketClient {
    /// Calls a method and expects its result.
    func expect(
        _ result: WireValue, from method: String, _ arguments: WireValue..., named: [String: WireValue] = [:],
        sourceLocation: SourceLocation = #_sourceLocation
    ) async throws {
        let response = try await response(to: method, arguments: arguments, named: named)
        #expect(response.data == result && response.error == nil, sourceLocation: sourceLocation)
    }

    /// Calls a method and expects the given error, or success if it is nil.
    func expect(
        error: RPCErrorCode?, from method: String, _ arguments: WireValue...,
        sourceLocation: SourceLocation = #_sourceLocation
    ) async throws {
        let response = try await response(to: method, arguments: arguments)
        #expect(response.error == error, sourceLocation: sourceLocation)
    }
}

extension WebSocketMessage {
    /// The text of a text message.
    var asText: String {
        get throws {
            guard case .text(let text) = self else { throw NoText(message: self) }
            return text
        }
    }

    struct NoText: Error {
        let message: WebSocketMessage
    }
}

extension WebSocketClient {
    /// Creates a client that does not reconnect.
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
    /// A long timeout for tests that do not test the timeout, on a machine that other suites keep busy.
    static let patient = Duration.seconds(50)
}
