/// The local or remote address of a socket.
package enum SocketAddress: Sendable, Hashable, CustomStringConvertible {
    case ipv4(host: String, port: UInt16)
    case ipv6(host: String, port: UInt16)
    /// A Unix-domain address. The path is empty if the socket is unnamed, as those of clients usually are.
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

/// The endpoint that a client connects to or a server listens on.
package enum Endpoint: Sendable, Hashable, CustomStringConvertible {
    /// A host name or an IP address, without brackets for IPv6. With port 0, the system picks a port for a listener.
    case tcp(host: String, port: UInt16)
    case unix(path: String)

    /// Whether the path of a Unix-domain socket is not empty and not too long for the system; true for TCP.
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
