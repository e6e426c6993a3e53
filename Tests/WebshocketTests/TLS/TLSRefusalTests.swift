import Certificates
import EventLoops
import Testing
import Webshocket

@Suite("Over wss", .withCertificates, .timeLimit(.minutes(5)))
struct TLSRefusalTests {
    @Test(
        "a client rejects a bad certificate with the specific fault and the host",
        arguments: [
            ("expired", .expired), ("not-yet-valid", .notYetValid), ("self-signed", .selfSigned),
            ("unknown-authority", .unknownAuthority), ("by-middle", .unknownAuthority), ("wrong-host", .wrongHost),
            ("wrong-purpose", .wrongPurpose), ("subject-only", .wrongHost),
        ] as [(String, CertificateFault)], ["localhost", "127.0.0.1"])
    func certificates(bad: (name: String, fault: CertificateFault), host: String) async throws {
        try await withServer(SampleHandler(), .secure(.test(bad.name))) { server in
            let client = WebSocketClient(
                "wss://\(host):\(server.port)", configuration: .secure(.messagePack, try .test()))
            let error = await #expect(throws: ClientError.self) { try await client.connect() }
            #expect(
                error?.code == .untrustedCertificate && error?.certificateFault == bad.fault,
                "\(String(describing: error))")
            #expect(error?.message.hasPrefix("the certificate of \(host) ") == true)
        }
    }

    @Test("a client rejects a 1,024-bit key, which our own server would not use")
    func weakKey() async throws {
        let certificates = try TestCertificates.shared
        let error = await #expect(throws: ServerError.self) {
            try await WebSocketServer(port: 0, handler: SampleHandler(), configuration: .secure(try .test("weak")))
                .start()
        }
        #expect(error?.code == .invalidCertificate)
        let server = try Program(
            "openssl",
            [
                "s_server", "-accept", "127.0.0.1:0", "-cert", certificates.certificate("weak"), "-key",
                certificates.key("weak"), "-cipher", "ALL:@SECLEVEL=0",
            ])
        defer { server.terminate() }
        let said = await server.output(until: "ACCEPT 127")
        let port = try #require(said.split(separator: "ACCEPT 127.0.0.1:").last?.prefix { $0.isNumber })
        let client = WebSocketClient("wss://127.0.0.1:\(port)", configuration: .secure(.messagePack, try .test()))
        let refusal = await #expect(throws: ClientError.self) { try await client.connect() }
        #expect(refusal?.certificateFault == .weak, "\(String(describing: refusal))")
        server.terminate()
        _ = await server.finish()
    }

    @Test("a client trusts only the system's authorities by default")
    func systemTrust() async throws {
        guard !TestWire.isSecure else { return }
        try await withServer(SampleHandler(), .secure(.test())) { server in
            let error = await #expect(throws: ClientError.self) { try await WebSocketClient(server.url).connect() }
            #expect(error?.certificateFault == .unknownAuthority)
            // The tests' authority in addition to the system's.
            var configuration = ClientConfiguration()
            configuration.tls = ClientTLS(trustRoots: .systemAnd(try .testAuthority))
            let client = WebSocketClient(server.url, configuration: configuration)
            try await client.connect()
            await client.close()
        }
    }

    @Test(
        "a client without a valid certificate gets the reason why it is rejected",
        arguments: [
            (nil, "certificate required"), ("strange-client", "unknown ca"), ("expired-client", "certificate expired"),
        ] as [(String?, String)])
    func clients(name: String?, text: String) async throws {
        let tls = try ServerTLS.test(clients: .required(authorities: .testAuthority))
        try await withServer(SampleHandler(), .secure(tls)) { server in
            let client = WebSocketClient(server.url, configuration: .secure(.messagePack, try .test(name)))
            let error = await #expect(throws: ClientError.self) { try await client.connect() }
            #expect(error?.code == .tlsFailed && error?.message.contains(text) == true, "\(String(describing: error))")
        }
    }

    @Test("a client reports that a server does not support TLS")
    func plainServer() async throws {
        var configuration = ServerConfiguration.quiet
        configuration.tls = nil
        try await withServer(SampleHandler(), configuration) { server in
            let url = server.url.replacing("ws:", with: "wss:")
            let client = WebSocketClient(url, configuration: .secure(.messagePack, try .test()))
            let error = await #expect(throws: ClientError.self) { try await client.connect() }
            #expect(error?.code == .tlsFailed && error?.message.contains("does not speak TLS") == true)
        }
    }

    @Test("a server with TLS answers plain HTTP and other bytes with 400")
    func plainClient() async throws {
        try await withServer(SampleHandler(), .secure(.test())) { server in
            for text in [RawFrame.upgrade, "PRI * HTTP/2.0\r\n\r\n", "\u{1}"] {
                let peer = try await RawPeer(port: server.port, tls: nil)
                peer.send(text)
                let answer = await peer.everything()
                #expect(answer.hasPrefix("HTTP/1.1 400 Bad Request\r\n") && answer.contains("requires TLS"))
            }
        }
    }

    @Test("a server closes the connection after an invalid ClientHello", arguments: 0..<10)
    func garbage(seed: Int) async throws {
        try await withServer(SampleHandler(), .secure(.test())) { server in
            let peer = try await RawPeer(port: server.port, tls: nil)
            peer.send([22, 3, 1, 0, 200, 1, 0, 0, 196, 3, 3] + (0..<500).map { _ in UInt8.random(in: 0...255) })
            _ = await peer.everything()
            #expect(peer.isClosed)
        }
    }

    @Test("a ClientHello that arrives slowly does not extend the handshake timeout")
    func dribble() async throws {
        var configuration = ServerConfiguration.secure(try .test())
        configuration.timeouts.handshake = .milliseconds(300)
        try await withServer(SampleHandler(), configuration) { server in
            let start = ContinuousClock.now
            let peer = try await RawPeer(port: server.port, tls: nil)
            peer.send([22, 3, 1, 2, 0])
            while !peer.isClosed {
                peer.send([1])
                try await Task.sleep(for: .milliseconds(20))
            }
            #expect(ContinuousClock.now - start >= .milliseconds(300))
            try await until { server.connectionCount == 0 }
        }
    }

    @Test("a full server answers with 503 after the TLS handshake")
    func full() async throws {
        var configuration = ServerConfiguration.secure(try .test())
        configuration.limits.connections = 1
        try await withServer(SampleHandler(), configuration) { server in
            try await withSecureClient(server.url) { _ in
                let second = WebSocketClient(server.url, configuration: .secure(.messagePack, try .test()))
                let error = await #expect(throws: ClientError.self) { try await second.connect() }
                #expect(error?.code == .upgradeRefused && error?.httpStatus == 503)
            }
        }
    }

    @Test("a full server keeps only a few silent sockets open, and only briefly")
    func silentCrowd() async throws {
        var configuration = ServerConfiguration.secure(try .test())
        configuration.limits.connectionsPerAddress = 2
        configuration.loops = 1
        // The timeout of the first two sockets; refused ones have a shorter one.
        configuration.timeouts.handshake = .seconds(3_600)
        try await withServer(SampleHandler(), configuration) { server in
            var peers: [RawPeer] = []
            for _ in 0..<102 { peers.append(try await RawPeer(port: server.port, tls: nil)) }
            func countOpen() -> Int { peers.count { !$0.isClosed } }
            try await until { countOpen() <= 2 + 64 }
            try await until { countOpen() <= 2 }
            #expect(server.connectionCount == 2)
            for peer in peers { peer.close() }
            // There is room again for refused sockets, which receive a response.
            try await until { server.connectionCount == 0 }
            try await withSecureClient(server.url) { try await $0.expect(30, from: "add", 10, 20) }
        }
    }

    @Test(
        "a server does not start with an unusable certificate or key",
        arguments: [("server", "client"), ("server", "encrypted"), ("server", "nowhere"), ("nowhere", "server")])
    func startup(certificate: String, key: String) async throws {
        let server = WebSocketServer(
            port: 0, handler: SampleHandler(), configuration: .secure(try .test(certificate, key: key)))
        let error = await #expect(throws: ServerError.self) { try await server.start() }
        #expect(error?.code == .invalidCertificate && error?.message.contains(key) == true || certificate == "nowhere")
    }

    @Test("a client does not connect with an unusable authority file")
    func clientStartup() async throws {
        let tls = ClientTLS(trustRoots: .only(.file("/nowhere/ca.pem")))
        let client = WebSocketClient("wss://127.0.0.1:1", configuration: .secure(.messagePack, tls))
        let error = await #expect(throws: ClientError.self) { try await client.connect() }
        #expect(error?.code == .invalidConfiguration && error?.message.contains("/nowhere/ca.pem") == true)
    }

    @Test("a server on a Unix-domain socket does not accept TLS settings")
    func unix() async throws {
        let path = "/tmp/webshocket-tls-\(UInt64.random(in: 0 ... .max))"
        let server = WebSocketServer(
            unixSocket: path, handler: SampleHandler(), configuration: .secure(try .test()))
        let error = await #expect(throws: ServerError.self) { try await server.start() }
        #expect(error?.code == .invalidConfiguration)
    }
}
