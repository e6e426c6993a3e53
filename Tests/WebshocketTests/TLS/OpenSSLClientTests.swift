import Certificates
import EventLoops
import Testing
import Webshocket

/// Tests a server with the `openssl` program, an independent client that can also violate the rules.
@Suite("With the openssl program as the client", .withCertificates, .timeLimit(.minutes(5)), .serialized)
struct OpenSSLClientTests {
    /// Connects `openssl s_client`, sends it lines of input, and returns its whole output.
    private func connect(
        _ server: WebSocketServer, _ options: String..., say: [(after: String, text: String)] = []
    ) async throws -> String {
        let authority = try TestCertificates.shared.authority
        let client = try Program(
            "openssl", ["s_client", "-connect", "127.0.0.1:\(server.port)", "-CAfile", authority] + options)
        defer { client.terminate() }
        var said = ""
        for line in say {
            said += await client.output(until: line.after)
            client.say(line.text)
        }
        return said + (await client.finish()).output
    }

    private static let ready = "Verify return code"
    private static let request = RawFrame.upgrade.replacing("\r\n\r\n", with: "\r\nX-None: 1\r\n\r\n")

    @Test(
        "a server rejects TLS 1.1 and below, even if the client would accept them", arguments: ["-tls1_1", "-tls1"])
    func oldVersions(version: String) async throws {
        try await withServer(SampleHandler(), .secure(.test())) { server in
            let said = try await connect(server, version, "-cipher", "ALL:@SECLEVEL=0")
            #expect(said.contains("alert protocol version") && said.contains("Cipher is (NONE)"), "\(said)")
        }
    }

    @Test(
        "a server supports TLS 1.2 and 1.3 with authenticated encryption",
        arguments: [("-tls1_2", "TLSv1.2"), ("-tls1_3", "TLSv1.3")])
    func versions(option: String, version: String) async throws {
        try await withServer(SampleHandler(), .secure(.test())) { server in
            let said = try await connect(
                server, option, "-alpn", "h2,http/1.1", "-servername", "localhost",
                say: [(Self.ready, "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")])
            #expect(said.contains("Verify return code: 0 (ok)") && said.contains("ALPN protocol: http/1.1"), "\(said)")
            #expect(said.contains("HTTP/1.1 426") && said.contains("\(version), Cipher is"), "\(said)")
        }
    }

    @Test(
        "a TLS 1.2 server rejects cipher suites without authenticated encryption or forward secrecy",
        arguments: ["ECDHE-ECDSA-AES128-SHA256", "AES128-GCM-SHA256"])
    func ciphers(name: String) async throws {
        try await withServer(SampleHandler(), .secure(.test())) { server in
            let said = try await connect(server, "-tls1_2", "-cipher", name)
            #expect(said.contains("handshake failure"), "\(said)")
        }
    }

    @Test("a server refuses to renegotiate, and the connection stays open")
    func renegotiation() async throws {
        try await withServer(SampleHandler(), .secure(.test())) { server in
            let said = try await connect(server, "-tls1_2", say: [(Self.ready, "R\n")])
            #expect(said.contains("RENEGOTIATING") && said.contains("no renegotiation"), "\(said)")
        }
    }

    @Test("a server rejects a client that offers only other ALPN protocols")
    func alpn() async throws {
        try await withServer(SampleHandler(), .secure(.test())) { server in
            let said = try await connect(server, "-alpn", "h2")
            #expect(said.contains("alert no application protocol"), "\(said)")
        }
    }

    @Test("a server resumes sessions", arguments: ["-tls1_2", "-tls1_3"])
    func resumption(version: String) async throws {
        let file = "\(try TestCertificates.shared.makeFolder())/session"
        try await withServer(SampleHandler(), .secure(.test())) { server in
            let get = "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"
            let first = try await connect(server, version, "-sess_out", file, say: [(Self.ready, get)])
            #expect(first.contains("New, "), "\(first)")
            let second = try await connect(server, version, "-sess_in", file, say: [(Self.ready, get)])
            #expect(second.contains("Reused, "), "\(second)")
        }
    }

    @Test("a server handles key updates")
    func keyUpdates() async throws {
        try await withServer(SampleHandler(), .secure(.test())) { server in
            let get = "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"
            let said = try await connect(
                server, "-tls1_3", say: [(Self.ready, "K\n"), ("KEYUPDATE", "k\n"), ("KEYUPDATE", get)])
            #expect(said.contains("HTTP/1.1 426"), "\(said)")
        }
    }
}
