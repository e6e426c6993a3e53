/// The proxies that a server trusts to report the addresses of their clients.
///
///     configuration.trustedProxies = TrustedProxies(["10.0.0.0/8", "unix"], addressSource: .forwardedFor)
///
/// Reports of any other peer are ignored.
public struct TrustedProxies: Sendable, Hashable {
    /// The convention with which a proxy reports its client.
    public enum AddressSource: String, Sendable, Hashable, CaseIterable {
        /// `X-Forwarded-For`, together with `X-Forwarded-Proto` and `X-Forwarded-Host`.
        case forwardedFor
        /// `Forwarded` (RFC 7239).
        case forwarded
        /// The PROXY protocol, version 1 or 2, before any other data, including TLS. It is mandatory for these proxies:
        /// connections without it are dropped.
        case proxyProtocol
    }

    /// The addresses and networks of the proxies, such as `"10.0.0.0/8"` or `"2001:db8::1"`. `"unix"` stands for every
    /// peer on a Unix-domain socket. Any other entry causes a ``ServerError``.
    public var networks: [String]
    /// The convention with which the proxies report their clients.
    public var addressSource: AddressSource

    /// Creates the settings for proxies that use one convention.
    /// - Parameters:
    ///   - networks: The addresses and networks of the proxies, and `"unix"` for peers on a Unix-domain socket.
    ///   - addressSource: The convention with which the proxies report their clients.
    public init(_ networks: [String], addressSource: AddressSource = .forwardedFor) {
        self.networks = networks
        self.addressSource = addressSource
    }
}
