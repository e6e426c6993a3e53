import CUV

/// A socket address in the system's representation.
struct RawAddress: Sendable {
    var storage = sockaddr_storage()
    var length = socklen_t(MemoryLayout<sockaddr_storage>.size)

    var family: Int32 { Int32(storage.ss_family) }

    init() {}

    /// Parses a numeric IPv4 or IPv6 address. Nil if `host` is a name.
    init?(digits host: String, port: UInt16) {
        self.init()
        let isIPv4 = withUnsafeMutablePointer(to: &storage) {
            $0.withMemoryRebound(to: sockaddr_in.self, capacity: 1) { uv_ip4_addr(host, Int32(port), $0) == 0 }
        }
        if isIPv4 {
            length = socklen_t(MemoryLayout<sockaddr_in>.size)
            return
        }
        let isIPv6 = withUnsafeMutablePointer(to: &storage) {
            $0.withMemoryRebound(to: sockaddr_in6.self, capacity: 1) { uv_ip6_addr(host, Int32(port), $0) == 0 }
        }
        guard isIPv6 else { return nil }
        length = socklen_t(MemoryLayout<sockaddr_in6>.size)
    }

    /// Creates a Unix-domain address. Nil if the path is empty or too long for the system (over 107 bytes on Linux).
    init?(path: String) {
        self.init()
        var path = path
        length = path.withUTF8 { bytes in
            bytes.withMemoryRebound(to: CChar.self) { cuv_unix_address($0.baseAddress, $0.count, &storage) }
        }
        if length == 0 { return nil }
    }

    /// Copies an address from the result of a name resolution.
    init?(copying info: addrinfo) {
        self.init()
        let room = MemoryLayout<sockaddr_storage>.size
        guard let address = info.ai_addr, Int(info.ai_addrlen) <= room else { return nil }
        length = info.ai_addrlen
        withUnsafeMutableBytes(of: &storage) {
            $0.copyMemory(from: UnsafeRawBufferPointer(start: address, count: Int(info.ai_addrlen)))
        }
    }

    /// Returns the address that the descriptor is bound to.
    init?(localNameOf descriptor: Int32) {
        self.init()
        guard cuv_local_name(descriptor, &storage, &length) == 0 else { return nil }
    }

    /// Returns the address with another port.
    func with(port: UInt16) -> RawAddress {
        var copy = self
        withUnsafeMutablePointer(to: &copy.storage) { storage in
            switch family {
            case AF_INET:
                storage.withMemoryRebound(to: sockaddr_in.self, capacity: 1) { $0.pointee.sin_port = port.bigEndian }
            case AF_INET6:
                storage.withMemoryRebound(to: sockaddr_in6.self, capacity: 1) { $0.pointee.sin6_port = port.bigEndian }
            default:
                break
            }
        }
        return copy
    }

    func withPointer<R>(_ body: (UnsafePointer<sockaddr>) -> R) -> R {
        withUnsafePointer(to: storage) { $0.withMemoryRebound(to: sockaddr.self, capacity: 1, body) }
    }
}

extension SocketAddress {
    /// Converts an address. Nil if its family is not IPv4, IPv6 or Unix.
    ///
    /// An IPv4-mapped IPv6 address, which the peer of a dual-stack socket can have, becomes an IPv4 address.
    init?(_ raw: RawAddress) {
        switch raw.family {
        case AF_INET: self = Self.ipv4(raw)
        case AF_INET6: self = Self.ipv6(raw)
        case AF_UNIX: self = .unix(path: Self.path(raw))
        default: return nil
        }
    }

    private static func ipv4(_ raw: RawAddress) -> SocketAddress {
        withUnsafePointer(to: raw.storage) {
            $0.withMemoryRebound(to: sockaddr_in.self, capacity: 1) { address in
                let host = text(64) { uv_ip4_name(address, $0, $1) }
                return .ipv4(host: host, port: UInt16(bigEndian: address.pointee.sin_port))
            }
        }
    }

    private static func ipv6(_ raw: RawAddress) -> SocketAddress {
        withUnsafePointer(to: raw.storage) {
            $0.withMemoryRebound(to: sockaddr_in6.self, capacity: 1) { address in
                let host = text(64) { uv_ip6_name(address, $0, $1) }
                let port = UInt16(bigEndian: address.pointee.sin6_port)
                let mapped = "::ffff:"
                guard host.hasPrefix(mapped), host.contains(".") else { return .ipv6(host: host, port: port) }
                return .ipv4(host: String(host.dropFirst(mapped.count)), port: port)
            }
        }
    }

    private static func path(_ raw: RawAddress) -> String {
        let offset = MemoryLayout<sockaddr_un>.offset(of: \.sun_path) ?? 2
        return withUnsafeBytes(of: raw.storage) { bytes in
            let path = bytes[offset..<max(offset, min(Int(raw.length), bytes.count))].prefix { $0 != 0 }
            return String(validating: path, as: UTF8.self) ?? ""
        }
    }

    private static func text(_ capacity: Int, _ fill: (UnsafeMutablePointer<CChar>, Int) -> Int32) -> String {
        withUnsafeTemporaryAllocation(of: CChar.self, capacity: capacity) { text in
            guard let start = text.baseAddress, fill(start, capacity) == 0 else { return "" }
            return String(cString: start)
        }
    }
}
