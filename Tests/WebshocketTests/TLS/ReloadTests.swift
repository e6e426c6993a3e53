import Certificates
import EventLoops
import Foundation
import Testing
import Webshocket

@Suite("A server that reloads its certificates", .withCertificates, .timeLimit(.minutes(5)))
struct ReloadTests {
    /// A certificate and a key in files that the tests replace.
    private struct StaticFiles {
        let certificate: String
        let key: String

        init() throws {
            let folder = try TestCertificates.shared.makeFolder()
            certificate = "\(folder)/cert.pem"
            key = "\(folder)/key.pem"
            try put("server")
        }

        func put(_ name: String) throws {
            let certificates = try TestCertificates.shared
            for (from, to) in [(certificates.certificate(name), certificate), (certificates.key(name), key)] {
                try Data(contentsOf: URL(filePath: from)).write(to: URL(filePath: to))
            }
        }

        var configuration: ServerConfiguration {
            .secure(ServerTLS(certificateChain: .file(certificate), privateKey: .file(key)))
        }
    }

    /// Returns the subject of the certificate that a new connection receives.
    private func subject(_ server: WebSocketServer) async throws -> String {
        let peer = try await RawPeer(port: server.port, tls: .test())
        defer { peer.close() }
        peer.send(RawFrame.upgrade)
        _ = await peer.received { !$0.isEmpty }
        return await peer.certificateSubject ?? ""
    }

    @Test("presents the new one to new clients, and existing connections continue")
    func reload() async throws {
        let files = try StaticFiles()
        try await withServer(SampleHandler(), files.configuration) { server in
            #expect(try await subject(server) == "CN=server")
            try await withSecureClient(server.url) { client in
                try files.put("renewed")
                try server.reloadTLS()
                #expect(try await subject(server) == "CN=renewed")
                try await client.expect(3, from: "add", 1, 2)
                // A client with a TLS session from before the reload can still connect.
                try await withSecureClient(server.url) { try await $0.expect(3, from: "add", 1, 2) }
            }
        }
    }

    @Test("keeps the old ones if the new ones are invalid")
    func broken() async throws {
        let files = try StaticFiles()
        try await withServer(SampleHandler(), files.configuration) { server in
            try Data("nonsense".utf8).write(to: URL(filePath: files.certificate))
            let error = #expect(throws: ServerError.self) { try server.reloadTLS() }
            #expect(error?.code == .invalidCertificate && error?.message.contains(files.certificate) == true)
            #expect(try await subject(server) == "CN=server")
            try files.put("renewed")
            try server.reloadTLS()
            #expect(try await subject(server) == "CN=renewed")
        }
    }

    @Test("reports an error without TLS")
    func plain() async throws {
        var configuration = ServerConfiguration.quiet
        configuration.tls = nil
        let server = WebSocketServer(port: 0, handler: SampleHandler(), configuration: configuration)
        let error = #expect(throws: ServerError.self) { try server.reloadTLS() }
        #expect(error?.code == .invalidConfiguration)
    }
}
