/// Where a socket is bound or its peer is.
package enum SocketAddress: Sendable, Hashable, CustomStringConvertible {
    case ipv4(host: String, port: UInt16)
    case ipv6(host: String, port: UInt16)
    /// Empty for the peer of a Unix-domain socket that has no name, which is the rule for clients.
    case unix(path: String)

    package var host: String? {
        switch self {
        case .ipv4(let host, _), .ipv6(let host, _): host
        case .unix: nil
        }
    }

    package var port: UInt16? {
        switch self {
        case .ipv4(_, let port), .ipv6(_, let port): port
        case .unix: nil
        }
    }

    package var description: String {
        switch self {
        case .ipv4(let host, let port): "\(host):\(port)"
        case .ipv6(let host, let port): "[\(host)]:\(port)"
        case .unix(let path): "unix:\(path)"
        }
    }
}

/// Where a client wants to go, or a server to listen.
package enum Endpoint: Sendable, Hashable, CustomStringConvertible {
    /// A name or an address, IPv6 without brackets. Port 0 lets a listener pick one.
    case tcp(host: String, port: UInt16)
    case unix(path: String)

    /// Whether the path of a Unix-domain socket is not empty and not too long for the system; true for all others.
    package var isWithinLimits: Bool {
        switch self {
        case .tcp: true
        case .unix(let path): RawAddress(path: path) != nil
        }
    }

    package var description: String {
        switch self {
        case .tcp(let host, let port): host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
        case .unix(let path): "unix:\(path)"
        }
    }
}
