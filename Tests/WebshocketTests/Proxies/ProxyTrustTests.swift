import Testing
import Webshocket

@Suite("Trust in proxies")
struct ProxyTrustTests {
    private func trust(_ networks: String...) throws -> ProxyTrust { try ProxyTrust(TrustedProxies(networks)) }

    private func identity(_ addresses: String, from peer: String = "10.0.0.1") throws -> PeerIdentity? {
        let headers = HTTPHeaders(validated: [("X-Forwarded-For", addresses), ("X-Forwarded-Proto", "https")])
        let hops = try #require(ForwardingHeaders.forwardedFor.hops(in: headers))
        return try trust("10.0.0.0/8", "unix").identity(of: peer, hops)
    }

    @Test("trusts the listed networks, and Unix-domain sockets if listed")
    func trusts() throws {
        let trust = try trust("10.0.0.0/8", "2001:db8::1")
        for peer in ["10.1.2.3", "2001:db8::1"] { #expect(trust.trusts(peer)) }
        for peer in ["11.0.0.1", "2001:db8::2", "unix", "", "localhost"] { #expect(!trust.trusts(peer)) }
        #expect(try self.trust("unix").trusts("unix") && !self.trust().trusts("unix"))
    }

    @Test(
        "an invalid network is a startup error",
        arguments: ["10.0.0.0/33", "localhost", "", "*", "Unix", "1.2.3.4\n"])
    func malformed(network: String) async {
        let error = #expect(throws: ServerError.self) { try trust("10.0.0.1", network) }
        #expect(error?.code == .invalidConfiguration)
        var configuration = ServerConfiguration.quiet
        configuration.trustedProxies = TrustedProxies([network])
        let server = WebSocketServer(port: 0, handler: SampleHandler(), configuration: configuration)
        await #expect(throws: ServerError.self) { try await server.start() }
    }

    @Test(
        "takes the last address that is not a trusted proxy, and ignores the ones before it",
        arguments: [
            ("192.0.2.1", "192.0.2.1"), ("203.0.113.9, 192.0.2.1", "192.0.2.1"), ("evil, 192.0.2.1", "192.0.2.1"),
            ("10.9.9.9, 192.0.2.1, 10.0.0.7", "192.0.2.1"), ("192.0.2.1, 10.0.0.7, 10.0.0.8", "192.0.2.1"),
            ("10.0.0.9, 10.0.0.8", "10.0.0.9"), ("192.0.2.1, unknown, 10.0.0.7", "10.0.0.7"),
            ("2001:db8::7", "2001:db8::7"), ("::ffff:192.0.2.1", "192.0.2.1"),
        ])
    func rightmost(addresses: String, client: String) throws {
        for peer in ["10.0.0.1", "unix"] {
            let expected = PeerIdentity(address: client, proxyAddress: peer, scheme: "https")
            #expect(try identity(addresses, from: peer) == expected)
        }
    }

    @Test(
        "uses the proxy's own address if the header names no client", arguments: ["", "192.0.2.1, unknown", "_x"])
    func hidden(addresses: String) throws {
        #expect(try identity(addresses) == PeerIdentity(address: "10.0.0.1"))
    }

    @Test(
        "refuses a malformed address that it has to use",
        arguments: ["evil", "192.0.2.1, evil", "192.0.2.1, evil, 10.0.0.7"])
    func malformedAddresses(addresses: String) throws {
        #expect(try identity(addresses) == nil)
    }

    @Test("takes the client's address from the PROXY header")
    func proxyHeader() throws {
        let trust = try trust("10.0.0.1")
        let address = try #require(IPAddress("192.0.2.1"))
        #expect(
            trust.identity(of: "10.0.0.1", .client(address))
                == PeerIdentity(address: "192.0.2.1", proxyAddress: "10.0.0.1"))
        #expect(trust.identity(of: "10.0.0.1", .unixClient) == PeerIdentity(address: "unix", proxyAddress: "10.0.0.1"))
        #expect(trust.identity(of: "10.0.0.1", .nobody) == PeerIdentity(address: "10.0.0.1"))
    }
}
