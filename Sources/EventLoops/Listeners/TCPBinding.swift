import CUV

/// A listening descriptor, the loop that polls it, and the loops that own the accepted sockets.
struct ListeningSocket: Sendable {
    let descriptor: Int32
    let loop: EventLoop
    let targets: [EventLoop]
    /// Whether this is a duplicate of another loop's descriptor, used only if that loop does not accept in time.
    var isStandIn = false

    /// The maximum number of stand-ins for one loop.
    private static let mostStandIns = 3

    /// Returns duplicates of this descriptor for the loops that follow its own in `loops`.
    ///
    /// A blocked loop does not accept connections. Without the duplicates, they would wait although other loops are
    /// idle.
    func standIns(_ loops: [EventLoop]) throws(SocketError) -> [ListeningSocket] {
        guard let own = loops.firstIndex(where: { $0 === loop }) else { return [] }
        var made: [ListeningSocket] = []
        do throws(SocketError) {
            for offset in 1..<max(min(loops.count, Self.mostStandIns + 1), 1) {
                let other = loops[(own + offset) % loops.count]
                let copy = cuv_duplicate(descriptor)
                try check(copy, .listen)
                made.append(ListeningSocket(descriptor: copy, loop: other, targets: [other], isStandIn: true))
            }
        } catch {
            for socket in made { cuv_close(socket.descriptor) }
            throw error
        }
        return made
    }
}

/// The listening descriptors of one TCP endpoint.
struct TCPBinding {
    private(set) var sockets: [ListeningSocket] = []
    private(set) var localAddresses: [SocketAddress] = []

    /// The maximum number of ports to try. A port that is free on a name's first address may be in use on its second.
    private static let portAttempts = 8

    static func open(
        _ addresses: [RawAddress], loops: [EventLoop], backlog: Int32
    ) throws(SocketError) -> TCPBinding {
        var attempt = 1
        while true {
            var binding = TCPBinding()
            do throws(SocketError) {
                try binding.bindAll(addresses, loops: loops, backlog: backlog)
                for socket in binding.sockets { binding.sockets += try socket.standIns(loops) }
                return binding
            } catch {
                for socket in binding.sockets { cuv_close(socket.descriptor) }
                let picksPort = binding.localAddresses.first?.port != nil && Self.port(of: addresses.first) == 0
                guard picksPort, error.code == .addressInUse, attempt < portAttempts else { throw error }
                attempt += 1
            }
        }
    }

    private mutating func bindAll(
        _ addresses: [RawAddress], loops: [EventLoop], backlog: Int32
    ) throws(SocketError) {
        var problem: SocketError?
        for address in addresses {
            let port = localAddresses.first?.port ?? Self.port(of: address)
            do throws(SocketError) {
                try bind(address.with(port: port), loops: loops, backlog: backlog)
            } catch  where error.code == .addressNotAvailable || error.code.rawValue == UV_EAFNOSUPPORT.rawValue {
                // "localhost" can resolve to ::1 even if the machine has no IPv6.
                problem = error
            }
        }
        if sockets.isEmpty { throw problem ?? SocketError(.addressNotAvailable, .bind) }
    }

    /// Binds one descriptor for each loop.
    ///
    /// The first descriptor binds without `SO_REUSEPORT`, so a port that is already in use is an error. It sets the
    /// option afterwards, so the other loops can share the port. Another process can share it only if it has the same
    /// user and sets the option before it binds. No first descriptor of this library does, so two servers cannot share
    /// a port by accident.
    private mutating func bind(_ address: RawAddress, loops: [EventLoop], backlog: Int32) throws(SocketError) {
        let first = try Self.socket(family: address.family)
        do throws(SocketError) {
            try check(address.withPointer { cuv_bind(first, $0, address.length) }, .bind)
            guard let bound = RawAddress(localNameOf: first), let local = SocketAddress(bound) else {
                throw SocketError(.addressNotAvailable, .bind)
            }
            #if os(Linux)
                try check(cuv_set_option(first, SOL_SOCKET, SO_REUSEPORT, 1), .bind)
                try check(cuv_listen(first, backlog), .listen)
                sockets.append(ListeningSocket(descriptor: first, loop: loops[0], targets: [loops[0]]))
                localAddresses.append(local)
                for loop in loops.dropFirst() { try share(bound, with: loop, backlog: backlog) }
            #else
                try check(cuv_listen(first, backlog), .listen)
                sockets.append(ListeningSocket(descriptor: first, loop: loops[0], targets: loops))
                localAddresses.append(local)
            #endif
        } catch {
            if !sockets.contains(where: { $0.descriptor == first }) { cuv_close(first) }
            throw error
        }
    }

    private mutating func share(_ address: RawAddress, with loop: EventLoop, backlog: Int32) throws(SocketError) {
        let descriptor = try Self.socket(family: address.family)
        do throws(SocketError) {
            try check(cuv_set_option(descriptor, SOL_SOCKET, SO_REUSEPORT, 1), .bind)
            try check(address.withPointer { cuv_bind(descriptor, $0, address.length) }, .bind)
            try check(cuv_listen(descriptor, backlog), .listen)
        } catch {
            cuv_close(descriptor)
            throw error
        }
        sockets.append(ListeningSocket(descriptor: descriptor, loop: loop, targets: [loop]))
    }

    private static func socket(family: Int32) throws(SocketError) -> Int32 {
        let descriptor = cuv_stream_socket(family)
        try check(descriptor, .open)
        // Connections of an earlier server that are in TIME_WAIT must not prevent binding.
        cuv_set_option(descriptor, SOL_SOCKET, SO_REUSEADDR, 1)
        // "::" must accept IPv4 too, regardless of the system's default.
        if family == AF_INET6 { cuv_set_option(descriptor, cuv_ipv6_level, IPV6_V6ONLY, 0) }
        return descriptor
    }

    private static func port(of address: RawAddress?) -> UInt16 {
        address.flatMap { SocketAddress($0)?.port } ?? 0
    }
}
