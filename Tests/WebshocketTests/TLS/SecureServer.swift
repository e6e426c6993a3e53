import Certificates
import EventLoops
import Testing
import Webshocket

extension ServerTLS {
    /// Uses certificates of the tests' own authority, which `Tests/Certificates/make` creates.
    static func test(
        _ name: String = "server", key: String? = nil, clients: ClientCertificates = .none
    ) throws -> ServerTLS {
        let certificates = try TestCertificates.shared
        return ServerTLS(
            certificateChain: .file(certificates.certificate(name)), privateKey: .file(certificates.key(key ?? name)),
            clientCertificates: clients)
    }
}

extension PEM {
    static var testAuthority: PEM {
        get throws { .file(try TestCertificates.shared.authority) }
    }
}

extension ClientTLS {
    /// Trusts only the tests' own authority.
    static func test(_ name: String? = nil) throws -> ClientTLS {
        let certificates = try TestCertificates.shared
        let identity = name.map {
            Webshocket.TLSIdentity(
                certificateChain: .file(certificates.certificate($0)), privateKey: .file(certificates.key($0)))
        }
        return ClientTLS(trustRoots: .only(try .testAuthority), identity: identity)
    }
}

extension ServerConfiguration {
    static func secure(_ tls: ServerTLS) -> ServerConfiguration {
        var configuration = ServerConfiguration.quiet
        configuration.tls = tls
        // Long enough for a busy machine.
        configuration.timeouts.handshake = .seconds(100)
        return configuration
    }
}

extension ClientConfiguration {
    static func secure(
        _ codec: PacketCodec = .messagePack, _ tls: ClientTLS
    ) -> ClientConfiguration {
        var configuration = ClientConfiguration(codec: codec)
        configuration.tls = tls
        configuration.connectTimeout = .seconds(100)
        configuration.reconnect = .never
        return configuration
    }
}

/// Connects a client that trusts the tests' authority, and closes it after `body`.
func withSecureClient<R>(
    _ url: String, _ codec: PacketCodec = .messagePack, as name: String? = nil,
    _ body: (WebSocketClient) async throws -> R
) async throws -> R {
    let client = WebSocketClient(url, configuration: .secure(codec, try .test(name)))
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

extension Trait where Self == ConditionTrait {
    static var withCertificates: Self {
        .enabled(if: TestCertificates.areMade, Comment(rawValue: TestCertificates.absence))
    }
}

extension Collected {
    /// Waits for the first element.
    func first() async -> Element? {
        await wait(count: 1)
        return values.first
    }
}
