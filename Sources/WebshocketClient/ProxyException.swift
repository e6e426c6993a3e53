/// An entry of `no_proxy`: `*`, a network, an address, or a name that includes all subdomains.
///
/// With `:port`, the entry applies to that port only. A leading `.` or `*.` is ignored.
struct ProxyException {
    private enum Reach {
        case all
        case network(IPNetwork)
        case domain(Substring)
    }

    private let reach: Reach
    private let port: Int?

    init?(_ entry: Substring) {
        if entry == "*" {
            (reach, port) = (.all, nil)
        } else if let network = IPNetwork(entry) {
            (reach, port) = (.network(network), nil)
        } else {
            let name = entry.hasPrefix("*.") ? entry.dropFirst(2) : entry.hasPrefix(".") ? entry.dropFirst() : entry
            guard let authority = Authority(name) else { return nil }
            port = authority.port
            let host = authority.host.hasPrefix("[") ? authority.host.dropFirst().dropLast() : authority.host[...]
            reach = IPNetwork(host).map { .network($0) } ?? .domain(host.withoutFinalDot)
        }
    }

    func holds(for host: String, _ port: UInt16) -> Bool {
        guard self.port ?? Int(port) == Int(port) else { return false }
        switch reach {
        case .all: return true
        case .network(let network): return IPAddress(host).map(network.contains) ?? false
        case .domain(let domain):
            let name = host.lowercased()[...].withoutFinalDot
            return name == domain || name.hasSuffix(".\(domain)")
        }
    }
}

extension Substring {
    fileprivate var withoutFinalDot: Substring { hasSuffix(".") ? dropLast() : self }
}
