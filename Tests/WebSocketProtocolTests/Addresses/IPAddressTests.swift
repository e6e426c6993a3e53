import Testing
import WebSocketProtocol

@Suite("An address")
struct IPAddressTests {
    @Test(
        "has one canonical text",
        arguments: [
            ("127.0.0.1", "127.0.0.1"), ("255.255.255.255", "255.255.255.255"), ("0.0.0.0", "0.0.0.0"),
            ("::1", "::1"), ("::", "::"), ("1::", "1::"), ("2001:DB8:0:0:0:0:0:1", "2001:db8::1"),
            ("2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1"), ("2001:0:0:1:0:0:0:1", "2001:0:0:1::1"),
            ("fe80:0:0:1:0:0:1:1", "fe80::1:0:0:1:1"), ("1:2:3:4:5:6:7:8", "1:2:3:4:5:6:7:8"),
            ("::ffff:192.0.2.1", "192.0.2.1"), ("::ffff:c000:201", "192.0.2.1"),
            ("64:ff9b::192.0.2.1", "64:ff9b::c000:201"),
            ("1:2:3:4:5:6:7::", "1:2:3:4:5:6:7:0"), ("::2:3:4:5:6:7:8", "0:2:3:4:5:6:7:8"),
            ("1:2:3:4:5:6:1.2.3.4", "1:2:3:4:5:6:102:304"),
        ])
    func reading(text: String, written: String) throws {
        let address = try #require(IPAddress(text))
        #expect(address.description == written)
        #expect(IPAddress(written) == address)
    }

    @Test(
        "is rejected if it is ambiguous or invalid",
        arguments: [
            "", "1", "1.2.3", "1.2.3.4.5", "1.2.3.256", "01.2.3.4", "1.2.3.4 ", "1.2.3.", "0x1.2.3.4", ":", ":::",
            "1::2::3", "1:2:3:4:5:6:7", "1:2:3:4:5:6:7:8:9", "1:2:3:4:5:6:7:8::", "12345::", "g::", "[::1]", "::1%lo",
            "::1.2.3", "1.2.3.4::", "1:2:3:4:5:6:7:1.2.3.4", ":1:2:3:4:5:6:7", "localhost", "١.2.3.4",
            String(repeating: "1", count: 100_000),
        ])
    func malformed(text: String) {
        #expect(IPAddress(text) == nil)
    }

    @Test("is created from 4 or 16 bytes only", arguments: [0, 3, 4, 5, 15, 16, 17])
    func bytes(count: Int) {
        #expect((IPAddress(bytes: Array(repeating: 1, count: count)) != nil) == (count == 4 || count == 16))
        #expect(IPAddress(bytes: [192, 0, 2, 1]) == IPAddress("192.0.2.1"))
    }

    @Test("recognizes a loopback address", arguments: ["127.0.0.1", "127.255.1.2", "::1", "::ffff:127.0.0.1"])
    func loopback(text: String) {
        #expect(IPAddress(text)?.isLoopback == true)
        #expect(IPAddress("128.0.0.1")?.isLoopback == false && IPAddress("::2")?.isLoopback == false)
    }

    @Test(
        "is in a network if the prefix matches",
        arguments: [
            ("10.0.0.0/8", "10.255.1.2", true), ("10.0.0.0/8", "11.0.0.1", false), ("0.0.0.0/0", "8.8.8.8", true),
            ("0.0.0.0/0", "::1", false), ("::/0", "2001:db8::1", true), ("::/0", "10.0.0.1", false),
            ("192.0.2.7", "192.0.2.7", true), ("192.0.2.7", "192.0.2.8", false),
            ("2001:db8::/32", "2001:db8:1::1", true),
            ("2001:db8::/32", "2001:db9::1", false), ("10.1.2.3/8", "10.9.9.9", true),
            ("192.0.2.128/25", "192.0.2.127", false),
            ("::ffff:10.0.0.0/104", "10.1.2.3", true), ("10.0.0.0/8", "::ffff:10.1.2.3", true), ("::1", "::1", true),
            ("192.0.2.0/32", "192.0.2.1", false), ("fe80::/10", "febf::1", true),
        ])
    func networks(network: String, address: String, isInside: Bool) throws {
        let network = try #require(IPNetwork(network))
        #expect(network.contains(try #require(IPAddress(address))) == isInside)
    }

    @Test(
        "cannot be matched against a malformed network",
        arguments: [
            "", "/8", "10.0.0.0/", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/8/8", "::/129", "10/8", "::/0128", "a/8",
        ])
    func malformedNetworks(text: String) {
        #expect(IPNetwork(text) == nil)
    }
}
