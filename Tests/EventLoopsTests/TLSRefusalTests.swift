import Bytes
import Certificates
import EventLoops
import Testing

@Suite(
    "TLS verification", .enabled(if: TestCertificates.areMade, Comment(rawValue: TestCertificates.absence)),
    .timeLimit(.minutes(5)))
struct TLSRefusalTests {
    @Test(
        "rejects an untrusted server certificate, and reports the problem",
        arguments: [
            ("expired", .expired), ("not-yet-valid", .notYetValid), ("self-signed", .selfSigned),
            ("unknown-authority", .unknownAuthority), ("wrong-host", .wrongHost), ("wrong-purpose", .wrongPurpose),
            ("by-middle", .unknownAuthority), ("partial-wildcard", .wrongHost), ("subject-only", .wrongHost),
        ] as [(String, TLSFault.CertificateProblem)], ["localhost", "127.0.0.1"])
    func server(certificate: (name: String, problem: TLSFault.CertificateProblem), host: String) async throws {
        try await SecurePair.with(
            server: .test(server: certificate.name), client: .test(client: nil), host: host
        ) { pair in
            let fault = await pair.client.recorder.closed().error?.tls
            #expect(fault?.kind == .certificate(certificate.problem))
            let record = await pair.server.recorder.closed()
            guard case .alert = record.error?.tls?.kind else {
                Issue.record("the server received no alert: \(String(describing: record.error))")
                return
            }
        }
    }

    @Test(
        "accepts a valid certificate for a name, an address or a wildcard, and a chain",
        arguments: [
            ("server", "localhost"), ("server", "127.0.0.1"), ("server", "::1"), ("server", "LOCALHOST."),
            ("server", "a.test.localhost"), ("chain", "localhost"),
        ])
    func good(certificate: String, host: String) async throws {
        let certificates = try TestCertificates.shared
        let key = certificate == "chain" ? "by-middle" : certificate
        let identity = TLSCredentials(
            chain: .file(certificates.certificate(certificate)), key: .file(certificates.key(key)))
        let context = try TLSContext(TLSServerSettings(identity: identity))
        try await SecurePair.with(server: context, client: .test(client: nil), host: host, serverRecorder: .echo()) {
            await $0.client.send([1])
            await $0.client.recorder.wait { $0.byteCount == 1 }
        }
    }

    @Test(
        "rejects a client without a valid certificate if one is required",
        arguments: [
            (nil, 116), ("strange-client", 48), ("expired-client", 45), ("server", 43),
        ] as [(String?, Int32)])
    func client(name: String?, alert: Int32) async throws {
        let authority = PEMSource.file(try TestCertificates.shared.authority)
        try await SecurePair.with(
            server: .test(server: "server", clients: .required(authorities: authority)),
            client: .test(client: name)
        ) { pair in
            // The client completes the handshake first. The server never reads these bytes, but the client still
            // receives the alert.
            await pair.client.send([UInt8](repeating: 1, count: 100_000))
            let error = await pair.client.recorder.closed().error
            #expect(error?.tls?.kind == .alert(alert), "\(String(describing: error))")
            #expect(await pair.server.recorder.closed().byteCount == 0)
        }
    }

    @Test("accepts a client without a certificate if certificates are optional")
    func optional() async throws {
        let authority = PEMSource.file(try TestCertificates.shared.authority)
        for name in [nil, "client"] {
            try await SecurePair.with(
                server: .test(server: "server", clients: .optional(authorities: authority)),
                client: .test(client: name), serverRecorder: .echo()
            ) { pair in
                await pair.client.send([1])
                await pair.client.recorder.wait { $0.byteCount == 1 }
                let certificate = await pair.server.run { $0.tls?.peerCertificate }
                #expect(certificate?.subject == name.map { "CN=\($0)" })
                #expect(certificate?.fingerprint.count == name.map { _ in 32 })
            }
        }
    }

    @Test(
        "rejects unusable certificates and keys at initialization",
        arguments: [
            ("server", "nowhere", .unreadable), ("nowhere", "server", .unreadable), ("server", "client", .keyMismatch),
            ("server", "encrypted", .encryptedKey), ("server", "encrypted-pkcs8", .encryptedKey),
            ("weak", "weak", .weak),
        ] as [(String, String, TLSSettingsError.Kind)])
    func settings(certificate: String, key: String, kind: TLSSettingsError.Kind) throws {
        let certificates = try TestCertificates.shared
        let identity = TLSCredentials(
            chain: .file(certificates.certificate(certificate)), key: .file(certificates.key(key)))
        let error = #expect(throws: TLSSettingsError.self) { try TLSContext(TLSServerSettings(identity: identity)) }
        #expect(error?.kind == kind, "\(String(describing: error))")
    }

    @Test("rejects files that are not PEM, and a key in place of a certificate")
    func notPEM() throws {
        let key = PEMSource.file(try TestCertificates.shared.key("server"))
        for (chain, key) in [(PEMSource.bytes([1, 2, 3]), key), (key, key), (.bytes([]), key)] {
            let settings = TLSServerSettings(identity: TLSCredentials(chain: chain, key: key))
            let error = #expect(throws: TLSSettingsError.self) { try TLSContext(settings) }
            #expect(error?.kind == .notPEM, "\(String(describing: error))")
        }
        let certificate = PEMSource.file(try TestCertificates.shared.certificate("server"))
        let identity = TLSCredentials(chain: certificate, key: .bytes([65]))
        let error = #expect(throws: TLSSettingsError.self) { try TLSContext(TLSServerSettings(identity: identity)) }
        #expect(error?.kind == .notPEM, "\(String(describing: error))")
    }

    @Test(
        "rejects bytes that are not TLS, on both sides",
        arguments: ["GET / HTTP/1.1\r\n\r\n", "SSH-2.0-x\r\n", "\u{0}\u{1}\u{2}\u{3}\u{4}\u{5}"])
    func garbage(text: String) async throws {
        let context = try TLSContext.test(server: "server")
        let trust = try TLSContext.test(client: nil)
        for isServer in [true, false] {
            try await withServer { listener, accepted, loop in
                let secured = try await Socket.connect(
                    to: Endpoint(listener.localAddress), on: loop, timeout: .seconds(50)
                ) { socket in
                    let peer = Peer(socket)
                    let session = try? isServer ? TLSSession.server(context) : .client(trust, host: "a", port: 1)
                    session.map { socket.beginTLS($0) }
                    return peer
                }
                let plain = try await accepted.next()
                await plain.send(Array(text.utf8))
                let fault = await secured.recorder.wait { $0.closes == 1 || $0.byteCount > 0 }.error?.tls
                #expect(fault?.kind == .notTLS || fault?.kind == .failed, "\(String(describing: fault))")
                await plain.close()
            }
        }
    }

    @Test("rejects random bytes", arguments: 0..<20)
    func random(seed: UInt64) async throws {
        let context = try TLSContext.test(server: "server")
        try await withServer { listener, accepted, loop in
            let secured = try await Socket.connect(
                to: Endpoint(listener.localAddress), on: loop, timeout: .seconds(50)
            ) { socket in
                let peer = Peer(socket)
                (try? TLSSession.server(context)).map { socket.beginTLS($0) }
                return peer
            }
            var random = SystemRandomNumberGenerator()
            var bytes = (0..<20_000).map { _ in UInt8.random(in: 0...255, using: &random) }
            // Half of the tests begin with the header of a ClientHello record.
            if seed % 2 == 0 { bytes.replaceSubrange(0..<6, with: [22, 3, 1, 0x3F, 0, 1]) }
            let plain = try await accepted.next()
            await plain.send(bytes)
            #expect(await secured.recorder.closed().error?.tls != nil)
            await plain.close()
        }
    }
}
