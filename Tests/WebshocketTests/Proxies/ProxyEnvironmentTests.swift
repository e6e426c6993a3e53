import Testing
import Webshocket

@Suite("Proxy settings in the environment")
struct ProxyEnvironmentTests {
    private func proxy(
        _ variables: [String: String], _ host: String = "example.com", port: UInt16 = 443, isSecure: Bool = true
    ) throws -> String? {
        try ProxyEnvironment { variables[$0] }.proxy(isSecure: isSecure, host: host, port: port)?.description
    }

    @Test(
        "uses the variable of the scheme, lower case before upper, or else all_proxy",
        arguments: [
            (["https_proxy": "http://a:1", "HTTPS_PROXY": "http://b:2"], "a:1", nil),
            (["HTTPS_PROXY": "http://b:2", "all_proxy": "http://c:3"], "b:2", "c:3"),
            (["http_proxy": "d:4"], nil, "d:4"), (["HTTP_PROXY": "http://e:5"], nil, nil),
            (["ALL_PROXY": "http://f:6/"], "f:6", "f:6"), (["https_proxy": "", "ALL_PROXY": "g"], "g:80", "g:80"),
            ([:], nil, nil),
        ] as [([String: String], String?, String?)])
    func variables(variables: [String: String], secure: String?, plain: String?) throws {
        #expect(try proxy(variables) == secure)
        #expect(try proxy(variables, port: 80, isSecure: false) == plain)
    }

    @Test(
        "connects to loopback hosts directly",
        arguments: ["localhost", "LOCALHOST", "app.localhost", "127.0.0.1", "127.8.9.1", "::1", "::ffff:127.0.0.1"])
    func thisMachine(host: String) throws {
        #expect(try proxy(["all_proxy": "http://a:1"], host) == nil)
    }

    @Test(
        "connects to hosts in no_proxy directly",
        arguments: [
            ("*", "example.com", true), ("example.com", "example.com", true), ("example.com", "www.example.com", true),
            ("example.com", "badexample.com", false), (".example.com", "www.example.com", true),
            (".example.com", "example.com", true), ("*.example.com", "a.b.example.com", true),
            ("EXAMPLE.com", "Example.COM", true), ("example.com.", "example.com", true),
            ("example.com", "example.com.", true), ("example.com:443", "example.com", true),
            ("example.com:80", "example.com", false), ("10.0.0.0/8", "10.1.2.3", true),
            ("10.0.0.0/8", "11.0.0.1", false),
            ("10.0.0.0/8", "example.com", false), ("192.0.2.1", "192.0.2.1", true),
            ("192.0.2.1:443", "192.0.2.1", true),
            ("192.0.2.1:80", "192.0.2.1", false), ("2001:db8::/32", "2001:db8::7", true),
            ("[2001:db8::7]:443", "2001:db8::7", true),
            ("a, b ,example.com", "example.com", true), ("a b\texample.com", "example.com", true),
            (",,/,:,[", "example.com", false),
            ("com", "example.com", true), ("", "example.com", false), ("**", "example.com", false),
        ])
    func exceptions(list: String, host: String, isDirect: Bool) throws {
        for name in ["no_proxy", "NO_PROXY"] {
            #expect(try (proxy(["all_proxy": "http://a:1", name: list], host) == nil) == isDirect)
        }
    }

    @Test(
        "an invalid proxy URL is an error that names the variable, not its value",
        arguments: [
            "socks5://secret:1", "https://secret:1", "http://", "http://secret:0", "http://secret:99999",
            "http://u:secret%@h", "http://u:secret%4x@h", "http://u%3Asecret:p@h", "http://sec ret", "http://[secret",
        ])
    func malformed(value: String) {
        let error = #expect(throws: ClientError.self) { try proxy(["https_proxy": value]) }
        #expect(error?.code == .invalidConfiguration)
        #expect(error?.message.contains("https_proxy") == true && error?.message.contains("secret") == false)
    }

    @Test("decodes the user and the password, and shows them in no description")
    func credentials() throws {
        let proxy = try HTTPProxy("HTTP://ann%40home:p%3Aw%2fx@[2001:DB8::1]:3128/ignored?x", from: "a test")
        #expect(proxy.host == "2001:db8::1" && proxy.port == 3_128)
        #expect(proxy.credentials == BasicCredentials(user: Array("ann@home".utf8), password: Array("p:w/x".utf8)))
        #expect(proxy.description == "[2001:db8::1]:3128")
        #expect(
            try HTTPProxy("ann@h", from: "a test").credentials
                == BasicCredentials(user: Array("ann".utf8), password: []))
        #expect(try HTTPProxy("h", from: "a test").credentials == nil)
        var configuration = ClientConfiguration()
        configuration.proxy = .http("http://ann:secret@proxy:3128")
        for text in ["\(configuration)", String(reflecting: configuration), "\(configuration.proxy)"] {
            #expect(!text.contains("secret"))
        }
    }
}
