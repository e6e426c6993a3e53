import Testing
import Webshocket

@Suite("A client behind a proxy", .timeLimit(.minutes(5)))
struct ClientProxyTests {
    private func withProxy(_ behaviour: ConnectProxy.Behaviour, _ body: (ConnectProxy) async throws -> Void)
        async throws
    {
        let proxy = try await ConnectProxy(behaviour)
        do { try await body(proxy) } catch {
            await proxy.stop()
            throw error
        }
        await proxy.stop()
    }

    private func client(
        _ url: String, through proxy: String, timeout: Duration = .patient
    ) -> WebSocketClient {
        var configuration = ClientConfiguration()
        configuration.proxy = .http(proxy)
        configuration.connectTimeout = timeout
        return WebSocketClient(url, configuration: configuration)
    }

    @Test("opens a tunnel with CONNECT, and sends calls through it")
    func way() async throws {
        try await withServer(SampleHandler()) { server in
            try await withProxy(.opens()) { proxy in
                let client = client(server.url, through: "http://\(proxy.authority)")
                try await client.connect()
                try await client.expect(3, from: "add", 1, 2)
                await client.close()
                let authority = "127.0.0.1:\(server.port)"
                #expect(
                    proxy.heads == ["CONNECT \(authority) HTTP/1.1\r\nHost: \(authority)\r\n\r\n"])
            }
        }
    }

    @Test("sends its credentials, and does not show them in the error if they are refused")
    func credentials() async throws {
        try await withServer(SampleHandler()) { server in
            try await withProxy(.opens(for: "YW5uOnNlY3JldA==")) { proxy in
                let client = client(server.url, through: "http://ann:secret@\(proxy.authority)")
                try await client.connect()
                try await client.expect(3, from: "add", 1, 2)
                await client.close()
                for user in ["", "ann:wrong-secret@"] {
                    let other = self.client(server.url, through: "http://\(user)\(proxy.authority)")
                    let error = await #expect(throws: ClientError.self) { try await other.connect() }
                    #expect(error?.code == .proxyRefused && error?.httpStatus == 407)
                    #expect(
                        error?.message.contains("requires") == true && error?.message.contains("secret") == false)
                }
            }
        }
    }

    @Test(
        "the error has the status of the proxy's refusal",
        arguments: [
            (.says("HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\n\r\nno"), 403),
            (.says("HTTP/1.0 502 Bad\r\n\r\n"), 502),
            (.says("HTTP/1.1 301 Moved\r\nLocation: /\r\n\r\n"), 301), (.says("SSH-2.0-OpenSSH\r\n"), nil),
            (.closes, nil),
        ] as [(ConnectProxy.Behaviour, Int?)])
    func refusals(behaviour: ConnectProxy.Behaviour, status: Int?) async throws {
        try await withProxy(behaviour) { proxy in
            let client = client("ws://example.com", through: "http://\(proxy.authority)")
            let error = await #expect(throws: ClientError.self) { try await client.connect() }
            #expect(error?.code == .proxyRefused && error?.httpStatus == status)
        }
    }

    @Test("verifies the server's certificate for the server's name through the tunnel", .withCertificates)
    func secure() async throws {
        for (name, fault) in [("server", nil), ("wrong-host", .wrongHost)] as [(String, CertificateFault?)] {
            try await withServer(SampleHandler(), .secure(.test(name))) { server in
                try await withProxy(.opens()) { proxy in
                    var configuration = ClientConfiguration.secure(.messagePack, try .test())
                    configuration.proxy = .http(proxy.authority)
                    configuration.reconnect = .never
                    let client = WebSocketClient(server.url, configuration: configuration)
                    if let fault {
                        let error = await #expect(throws: ClientError.self) { try await client.connect() }
                        #expect(error?.code == .untrustedCertificate && error?.certificateFault == fault)
                    } else {
                        try await client.connect()
                        try await client.expect(3, from: "add", 1, 2)
                        await client.close()
                    }
                    #expect(proxy.heads.count == 1)
                }
            }
        }
    }

    @Test("refuses bytes that arrive through the tunnel before the TLS handshake", .withCertificates)
    func earlySecure() async throws {
        try await withServer(SampleHandler(), .secure(.test())) { server in
            try await withProxy(.opensAndSays("\u{16}\u{3}\u{3}")) { proxy in
                var configuration = ClientConfiguration.secure(.messagePack, try .test())
                configuration.proxy = .http(proxy.authority)
                configuration.reconnect = .never
                let client = WebSocketClient(server.url, configuration: configuration)
                let error = await #expect(throws: ClientError.self) { try await client.connect() }
                #expect(error?.code == .proxyRefused)
            }
        }
    }

    @Test("the connect timeout applies to the proxy")
    func silence() async throws {
        try await withProxy(.isSilent) { proxy in
            let client = client("ws://example.com", through: proxy.authority, timeout: .seconds(2))
            let error = await #expect(throws: ClientError.self) { try await client.connect() }
            #expect(error?.code == .timedOut && error?.message.contains("proxy") == true)
        }
    }

    @Test("reads bytes after the proxy's response as the server's")
    func early() async throws {
        try await withServer(SampleHandler(), .plain) { server in
            try await withProxy(.opensAndSays("HTTP/1.1 400 Bad Request\r\n\r\n")) { proxy in
                let client = client(server.url, through: proxy.authority)
                let error = await #expect(throws: ClientError.self) { try await client.connect() }
                #expect(error?.code == .upgradeRefused && error?.httpStatus == 400)
            }
        }
    }

    @Test("the error names an unreachable proxy, and an invalid proxy URL is refused")
    func unreachable() async throws {
        var error = await #expect(throws: ClientError.self) {
            try await client("ws://example.com", through: "http://ann:secret@127.0.0.1:1").connect()
        }
        #expect(error?.code == .cannotConnect && error?.message.contains("the proxy 127.0.0.1:1") == true)
        #expect(error?.message.contains("secret") == false)
        error = await #expect(throws: ClientError.self) {
            try await client("ws://example.com", through: "socks5://127.0.0.1:1").connect()
        }
        #expect(error?.code == .invalidConfiguration)
    }

    @Test("connects to a Unix-domain socket without the proxy")
    func unix() async throws {
        let path = "/tmp/webshocket-proxy-\(UInt64.random(in: 0 ... .max)).sock"
        try await withServer(WebSocketServer(unixSocket: path, handler: SampleHandler(), configuration: .plain)) {
            server in
            let client = client(server.url, through: "http://127.0.0.1:1")
            try await client.connect()
            try await client.expect(3, from: "add", 1, 2)
            await client.close()
        }
    }
}
