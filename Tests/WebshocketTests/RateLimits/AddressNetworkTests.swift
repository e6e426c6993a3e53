import Testing
import Webshocket

@Suite("The key of a caller")
struct AddressNetworkTests {
    @Test(
        "is an IPv4 address, or the /64 of an IPv6 address",
        arguments: [
            ("192.0.2.7", "192.0.2.7"), ("unix", "unix"), ("::ffff:192.0.2.7", "::ffff:192.0.2.7"),
            ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"), ("2001:db8:1:2::6", "2001:db8:1:2::/64"),
            ("2001:db8::6", "2001:db8:0:0::/64"), ("::1", "0:0:0:0::/64"), ("::", "0:0:0:0::/64"),
            ("1::", "1:0:0:0::/64"), ("fe80::1%eth0", "fe80:0:0:0::/64%eth0"), ("1:2:3", "1:2:3"),
            ("1:2:3:4:5:6:7:8::9", "1:2:3:4:5:6:7:8::9"), ("%", "%"), (":%", ":%"),
        ])
    func networks(address: String, network: String) {
        #expect(AddressNetwork.name(of: address) == network)
    }

    @Test("is a 128-bit hash of a long name, equal only for equal names")
    func longNames() {
        let long = String(repeating: "a", count: 65)
        #expect(String(repeating: "a", count: 64).boundedForKey.count == 64)
        #expect(long.boundedForKey == long.boundedForKey)
        #expect(long.boundedForKey != (long + "b").boundedForKey)
        #expect(String(repeating: "b", count: 1_000_000).boundedForKey.utf8.count < 64)
    }
}
