import Testing
import Webshocket

@Suite("A server behind a proxy", .timeLimit(.minutes(5)))
struct BehindProxyTests {
    struct Who: WebSocketHandler {
        let access = Access.everyone

        func who(_ connection: Connection) -> [String] { [connection.remoteAddress, connection.proxyAddress ?? "-"] }
        var methods: RPCMethods {
            RPCMethod("who", who)
            RPCMethod("once", who).rateLimit(1, per: "1h", scope: .address)
        }
    }

    private func configuration(
        _ convention: TrustedProxies.AddressSource, trusting networks: [String] = ["127.0.0.1"], perAddress: Int? = nil
    ) -> ServerConfiguration {
        // The PROXY header is sent before TLS, and the raw peers of these tests do not use TLS.
        var configuration: ServerConfiguration = convention == .proxyProtocol ? .plain : .quiet
        configuration.trustedProxies = TrustedProxies(networks, addressSource: convention)
        configuration.limits.connectionsPerAddress = perAddress
        // A slow machine must not cause a handshake timeout.
        configuration.timeouts.handshake = .seconds(60)
        return configuration
    }

    private func client(_ server: WebSocketServer, _ headers: [String]) throws -> WebSocketClient {
        var configuration = ClientConfiguration()
        for header in headers {
            let parts = header.split(separator: ": ", maxSplits: 1)
            try configuration.headers.add(name: String(parts[0]), value: String(parts[1]))
        }
        return WebSocketClient(server.url, configuration: configuration)
    }

    private func who(_ server: WebSocketServer, _ headers: String...) async throws -> [String] {
        let client = try client(server, headers)
        try await client.connect()
        let who: [String] = try await client.sendRPC("who")
        await client.close()
        return who
    }

    /// Sends `greeting`, upgrades, calls `who`, and returns the bytes received as text.
    private func who(_ server: WebSocketServer, greeting: [UInt8]) async throws -> String {
        let peer = try await RawPeer(port: server.port, tls: nil)
        peer.send(greeting + Array(RawFrame.upgrade.utf8) + RawFrame.call("who"))
        let bytes = await peer.received { String(decoding: $0, as: UTF8.self).contains("\"response\":") }
        peer.close()
        return String(decoding: bytes, as: UTF8.self)
    }

    @Test("reads the client's address from X-Forwarded-For, from trusted peers only")
    func forwardedFor() async throws {
        try await withServer(Who(), configuration(.forwardedFor)) { server in
            let name = "X-Forwarded-For"
            let found1 = try await who(server, "\(name): 192.0.2.1")
            #expect(found1 == ["192.0.2.1", "127.0.0.1"])
            let found2 = try await who(server, "\(name): 203.0.113.1", "\(name): 192.0.2.1")
            #expect(found2 == ["192.0.2.1", "127.0.0.1"])
            let found3 = try await who(server)
            #expect(found3 == ["127.0.0.1", "-"])
            let found4 = try await who(server, "Forwarded: for=192.0.2.1")
            #expect(found4 == ["127.0.0.1", "-"])
        }
        try await withServer(Who(), configuration(.forwardedFor, trusting: ["10.0.0.0/8", "::1"])) { server in
            let found5 = try await who(server, "X-Forwarded-For: 192.0.2.1")
            #expect(found5 == ["127.0.0.1", "-"])
            let found6 = try await who(server, "X-Forwarded-For: evil")
            #expect(found6 == ["127.0.0.1", "-"])
        }
    }

    @Test("reads the client's address from Forwarded")
    func forwarded() async throws {
        try await withServer(Who(), configuration(.forwarded)) { server in
            let found7 = try await who(server, "Forwarded: for=\"[2001:db8::1]:80\"")
            #expect(found7 == ["2001:db8::1", "127.0.0.1"])
            let found8 = try await who(server, "X-Forwarded-For: 192.0.2.1")
            #expect(found8 == ["127.0.0.1", "-"])
        }
    }

    @Test(
        "refuses a malformed header of a trusted proxy with 400",
        arguments: [(.forwardedFor, "X-Forwarded-For", "evil"), (.forwarded, "Forwarded", "for=\"open")]
            as [(TrustedProxies.AddressSource, String, String)])
    func garbled(convention: TrustedProxies.AddressSource, name: String, value: String) async throws {
        try await withServer(Who(), configuration(convention)) { server in
            let error = await #expect(throws: ClientError.self) { try await who(server, "\(name): \(value)") }
            #expect(error?.httpStatus == 400)
        }
    }

    @Test("counts connections and limits rates by the client's address, not the proxy's")
    func limits() async throws {
        try await withServer(Who(), configuration(.forwardedFor, perAddress: 1)) { server in
            let name = "X-Forwarded-For"
            let first = try client(server, ["\(name): 192.0.2.1"])
            try await first.connect()
            let error = await #expect(throws: ClientError.self) { try await who(server, "\(name): 192.0.2.1") }
            #expect(error?.httpStatus == 429)
            let second = try client(server, ["\(name): 192.0.2.2"])
            try await second.connect()
            #expect(server.connectionCount >= 2)

            let _: [String] = try await first.sendRPC("once")
            let refusal = await #expect(throws: RPCError.self) { let _: [String] = try await first.sendRPC("once") }
            #expect(refusal?.code == .rateLimited)
            let _: [String] = try await second.sendRPC("once")

            await first.close()
            await second.close()
            // The server may see the close a little later. If a count leaks, the test reaches its time limit.
            while (try? await who(server, "\(name): 192.0.2.1")) == nil {}
            try await until { server.connectionCount == 0 }
        }
    }

    @Test("counts connections from IPv6 addresses by their /64 network")
    func networks() async throws {
        try await withServer(Who(), configuration(.forwardedFor, perAddress: 1)) { server in
            let first = try client(server, ["X-Forwarded-For: 2001:db8::1"])
            try await first.connect()
            let error = await #expect(throws: ClientError.self) {
                try await who(server, "X-Forwarded-For: 2001:db8:0:0:ffff::2")
            }
            #expect(error?.httpStatus == 429)
            let other = try await who(server, "X-Forwarded-For: 2001:db8:0:1::1")
            #expect(other == ["2001:db8:0:1::1", "127.0.0.1"])
            await first.close()
            while (try? await who(server, "X-Forwarded-For: 2001:db8::2")) == nil {}
        }
    }

    @Test("counts by the address in a PROXY header that precedes TLS", .withCertificates)
    func proxyProtocolAndTLS() async throws {
        var configuration = configuration(.proxyProtocol, perAddress: 1)
        configuration.tls = try .test()
        try await withServer(Who(), configuration) { server in
            func peer(_ address: String) async throws -> (RawPeer, String) {
                let greeting = "PROXY TCP4 \(address) 198.51.100.1 56324 443\r\n"
                let peer = try await RawPeer(port: server.port, tls: .test(), greeting: greeting)
                peer.send(Array(RawFrame.upgrade.utf8) + RawFrame.call("who"))
                let bytes = await peer.received {
                    let text = String(decoding: $0, as: UTF8.self)
                    return text.contains("\"response\":") || text.contains("429")
                }
                return (peer, String(decoding: bytes, as: UTF8.self))
            }
            let (first, answer) = try await peer("192.0.2.1")
            #expect(answer.contains(#"["192.0.2.1","127.0.0.1"]"#))
            let (second, refusal) = try await peer("192.0.2.1")
            #expect(refusal.hasPrefix("HTTP/1.1 429 "))
            let (third, other) = try await peer("192.0.2.2")
            #expect(other.contains(#"["192.0.2.2","127.0.0.1"]"#))
            for peer in [first, second, third] { peer.close() }
        }
    }

    @Test(
        "releases the count of requests that do not become connections",
        arguments: [
            "GET /nowhere HTTP/1.1\r\nHost: a\r\nX-Forwarded-For: 192.0.2.1\r\nConnection: close\r\n",
            "GET / HTTP/1.1\r\nX-Forwarded-For: evil\r\n",
            "GET / HTTP/1.1\r\nHost: a\r\nX-Forwarded-For: 192.0.2.1\r\n", "nonsense\r\n",
        ])
    func exits(head: String) async throws {
        try await withServer(Who(), configuration(.forwardedFor, perAddress: 1)) { server in
            for _ in 0..<3 {
                let peer = try await RawPeer(port: server.port)
                peer.send(head + "\r\n")
                _ = await peer.everything()
            }
            while (try? await who(server, "X-Forwarded-For: 192.0.2.1")) == nil {}
            try await until { server.connectionCount == 0 }
        }
    }

    @Test("reads the client's address from a PROXY header in any fragmentation")
    func proxyProtocol() async throws {
        let line = Array("PROXY TCP4 192.0.2.1 198.51.100.1 56324 443\r\n".utf8)
        let binary: [UInt8] =
            [0x0D, 0x0A, 0x0D, 0x0A, 0x00, 0x0D, 0x0A, 0x51, 0x55, 0x49, 0x54, 0x0A, 0x21, 0x11, 0, 12]
            + [192, 0, 2, 1, 198, 51, 100, 1, 0, 1, 0, 2]
        try await withServer(Who(), configuration(.proxyProtocol, perAddress: 1)) { server in
            for greeting in [line, binary] {
                // Only one connection per address is allowed, and the previous one may still be open.
                while true {
                    let answer = try await who(server, greeting: greeting)
                    guard answer.hasPrefix("HTTP/1.1 429") else {
                        #expect(answer.contains(#"["192.0.2.1","127.0.0.1"]"#))
                        break
                    }
                }
            }
            let peer = try await RawPeer(port: server.port, tls: nil)
            for byte in binary + Array(RawFrame.upgrade.utf8) {
                peer.send([byte])
                await peer.settle()
            }
            let bytes = await peer.received { $0.count > 12 }
            #expect(String(decoding: bytes.prefix(12), as: UTF8.self).hasPrefix("HTTP/1.1 "))
            peer.close()
            let found9 = try await who(server, greeting: Array("PROXY UNKNOWN\r\n".utf8))
            #expect(found9.contains(#"["127.0.0.1","-"]"#))
        }
    }

    @Test("drops a trusted peer without a valid PROXY header, and sends no response")
    func withoutProxyHeader() async throws {
        try await withServer(Who(), configuration(.proxyProtocol)) { server in
            for greeting in ["", "PROXY TCP4 a b 1 2\r\n", "PROXY TCP4 192.0.2.1 192.0.2.2 1 2\n"] {
                let found10 = try await who(server, greeting: Array(greeting.utf8))
                #expect(found10 == "")
            }
            try await until { server.connectionCount == 0 }
        }
    }

    @Test("refuses a PROXY header from an untrusted peer")
    func untrustedProxyHeader() async throws {
        try await withServer(Who(), configuration(.proxyProtocol, trusting: ["10.0.0.1"])) { server in
            let found11 = try await who(server, greeting: Array("PROXY UNKNOWN\r\n".utf8))
            #expect(found11.hasPrefix("HTTP/1.1 400 "))
            let found12 = try await who(server, greeting: [])
            #expect(found12.contains(#"["127.0.0.1","-"]"#))
        }
    }

    @Test("the handshake timeout applies to the PROXY header")
    func deadline() async throws {
        var configuration = configuration(.proxyProtocol)
        configuration.timeouts.handshake = .milliseconds(50)
        try await withServer(Who(), configuration) { server in
            let peer = try await RawPeer(port: server.port, tls: nil)
            peer.send("PROXY ")
            #expect(await peer.everything() == "")
        }
    }

    @Test("trusts peers of a Unix-domain socket if configured")
    func unix() async throws {
        let path = "/tmp/webshocket-proxy-\(UInt64.random(in: 0 ... .max)).sock"
        var configuration = configuration(.forwardedFor, trusting: ["unix"])
        configuration.tls = nil
        let server = WebSocketServer(unixSocket: path, handler: Who(), configuration: configuration)
        try await withServer(server) { server in
            let found13 = try await who(server, "X-Forwarded-For: 192.0.2.1")
            #expect(found13 == ["192.0.2.1", "unix"])
            let found14 = try await who(server)
            #expect(found14 == ["unix", "-"])
        }
    }
}
