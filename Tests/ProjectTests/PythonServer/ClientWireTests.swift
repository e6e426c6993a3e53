import Certificates
import Testing
import Webshocket

@Suite(
    "The connection of a client to a Python server", .enabled(if: PythonServer.canServe, PythonServer.absence),
    .timeLimit(.minutes(5)))
struct ClientWireTests {
    @Test("receives messages in fragments above 64 KiB, and sends long messages")
    func fragments() async throws {
        let server = try await PythonServer()
        let client = WebSocketClient(server.url)
        try await client.connect()
        let size = 100_000
        try await client.sendRPC("send_in_fragments", 5, size)
        #expect(try await client.receive().data == .string(String(repeating: "x", count: 5 * size)))
        let long = String(repeating: "é", count: 1_000_000)
        try await client.send(long)
        #expect(try await client.receive().data?["echo"] == .string(long))
        await client.close()
        await server.end()
    }

    @Test(
        "uses TLS if the client trusts the server's authority, and fails otherwise",
        .enabled(if: TestCertificates.areMade, "\(TestCertificates.absence)"))
    func tls() async throws {
        let certificates = try TestCertificates.shared
        let server = try await PythonServer(identity: [
            certificates.certificate("server"), certificates.key("server"),
        ])
        #expect(server.url.hasPrefix("wss:"))
        var configuration = ClientConfiguration()
        configuration.tls = ClientTLS(trustRoots: .only(.file(certificates.authority)))
        let client = WebSocketClient(server.url, configuration: configuration)
        try await client.connect()
        let sum: Int = try await client.sendRPC("add", 10, 20)
        #expect(sum == 30)
        await client.close()
        let untrusting = WebSocketClient(server.url)
        let error = await #expect(throws: ClientError.self) { try await untrusting.connect() }
        #expect(error?.code == .untrustedCertificate)
        await server.end()
    }
}
