/// The proxies in front of a server that are believed when they tell of their clients.
///
///     configuration.trustedProxies = TrustedProxies(["10.0.0.0/8", "unix"], speaking: .forwardedFor)
///
/// What anybody else says of addresses is ignored.
public struct TrustedProxies: Sendable, Hashable {
    /// How a proxy tells of its client.
    public enum Convention: String, Sendable, Hashable, CaseIterable {
        /// `X-Forwarded-For`, and `X-Forwarded-Proto` and `X-Forwarded-Host` beside it.
        case forwardedFor
        /// `Forwarded` (RFC 7239).
        case forwarded
        /// The PROXY protocol, version 1 or 2, in front of everything else, TLS included. It is required of these
        /// addresses: without it their connections are dropped.
        case proxyProtocol
    }

    /// Addresses and networks, such as `"10.0.0.0/8"` or `"2001:db8::1"`, and `"unix"` for whoever connects to a
    /// Unix-domain socket. One that is none of these is a ``StartupError``.
    public var networks: [String]
    /// How they tell of their clients.
    public var speaking: Convention

    /// Trusts the proxies in some networks, which speak one convention.
    public init(_ networks: [String], speaking: Convention = .forwardedFor) {
        self.networks = networks
        self.speaking = speaking
    }
}
