import Testing
import Webshocket

@Suite("A secret")
struct SecretTests {
    private static func texts(of value: some Any) -> [String] {
        var dumped = ""
        dump(value, to: &dumped)
        return ["\(value)", String(reflecting: value), dumped]
    }

    @Test("of a private key does not appear in any description or dump")
    func keys() {
        // Checks for the text and for its bytes as numbers.
        let key = PEM.text("SECRET")
        let identity = TLSIdentity(certificateChain: .file("chain.pem"), privateKey: key)
        var server = ServerConfiguration()
        server.tls = ServerTLS(certificateChain: .file("chain.pem"), privateKey: key)
        var client = ClientConfiguration()
        client.tls = ClientTLS(identity: identity)
        for text in Self.texts(of: key) + Self.texts(of: identity) + Self.texts(of: server) + Self.texts(of: client) {
            #expect(!text.contains("SECRET") && !text.contains("83, 69") && !text.contains("- 83\n"))
            #expect(text.contains("the bytes given"))
        }
        #expect("\(PEM.file("chain.pem"))" == "'chain.pem'")
    }

    @Test("of a proxy's URL does not appear in any description or dump")
    func proxies() {
        var client = ClientConfiguration()
        client.proxy = .http("http://ann:s3cret@proxy.example")
        for text in Self.texts(of: client) + Self.texts(of: client.proxy) { #expect(!text.contains("s3cret")) }
    }
}
