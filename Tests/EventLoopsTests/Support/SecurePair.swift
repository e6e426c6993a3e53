import Bytes
import Certificates
import EventLoops

/// Two peers that are connected with TLS, each on its own loop.
struct SecurePair: Sendable {
    let server: Peer
    let client: Peer

    /// Connects two peers with TLS, and calls `body` with them.
    /// - Parameter host: The host name that the client expects in the server's certificate.
    static func with(
        server serverContext: TLSContext, client clientContext: TLSContext, host: String = "localhost",
        serverRecorder: Recorder = Recorder(), clientRecorder: Recorder = Recorder(),
        _ body: (SecurePair) async throws -> Void
    ) async throws {
        let group = EventLoopGroup(loops: 2, name: "tls")
        let accepted = Accepted()
        let listener = try await Listener.listen(
            on: .tcp(host: "127.0.0.1", port: 0), loops: [group.loops[0]]
        ) { socket in
            accepted.add(Peer(socket, serverRecorder))
            (try? TLSSession.server(serverContext)).map { socket.beginTLS($0) }
        }
        do {
            let client = try await Socket.connect(
                to: Endpoint(listener.localAddress), on: group.loops[1], timeout: .seconds(50)
            ) { socket in
                let peer = Peer(socket, clientRecorder)
                (try? TLSSession.client(clientContext, host: host, port: 443)).map { socket.beginTLS($0) }
                return peer
            }
            try await body(SecurePair(server: accepted.next(), client: client))
        } catch {
            await listener.close()
            await group.shutdown()
            throw error
        }
        await listener.close()
        await group.shutdown()
    }

    /// Connects two peers with a valid server certificate, and calls `body` with them.
    static func with(
        serverRecorder: Recorder = Recorder(), clientRecorder: Recorder = Recorder(),
        _ body: (SecurePair) async throws -> Void
    ) async throws {
        try await with(
            server: .test(server: "server"), client: .test(client: nil), serverRecorder: serverRecorder,
            clientRecorder: clientRecorder, body)
    }
}

extension TLSContext {
    static func test(
        server name: String = "server", clients: TLSServerSettings.ClientCertificates = .none
    ) throws -> TLSContext {
        try TLSContext(TLSServerSettings(identity: .test(name), clientCertificates: clients))
    }

    static func test(
        client name: String? = nil, trusting authority: String = "authority"
    ) throws -> TLSContext {
        try TLSContext(
            TLSClientSettings(
                trustsSystem: false,
                authorities: [.file(try TestCertificates.shared.certificate(authority))],
                identity: try name.map { try .test($0) }))
    }

}

extension TLSCredentials {
    static func test(_ name: String) throws -> TLSCredentials {
        let certificates = try TestCertificates.shared
        return TLSCredentials(chain: .file(certificates.certificate(name)), key: .file(certificates.key(name)))
    }
}
