import CUV

/// Resolves host names on libuv's threads. Numeric addresses are returned immediately.
///
/// Confined to its loop. It retains itself until libuv has finished the request.
final class Resolver {
    typealias Answer = Result<[RawAddress], SocketError>

    private let loop: EventLoop
    private let port: UInt16
    private let request = UnsafeMutablePointer<uv_getaddrinfo_t>.allocate(capacity: 1)
    private var completion: ((Answer) -> Void)?

    private init(loop: EventLoop, port: UInt16, completion: @escaping (Answer) -> Void) {
        self.loop = loop
        self.port = port
        self.completion = completion
    }

    deinit { request.deallocate() }

    /// Resolves a host name.
    /// - Parameters:
    ///   - host: The name, or a numeric address.
    ///   - port: The port of the resulting addresses.
    ///   - loop: The current loop.
    ///   - completion: Called once, on the loop, possibly before this function returns.
    /// - Returns: The request, which can be cancelled; nil if `completion` was already called.
    @discardableResult
    static func resolve(
        host: String, port: UInt16, on loop: EventLoop, completion: @escaping (Answer) -> Void
    ) -> Resolver? {
        if let address = RawAddress(digits: host, port: port) {
            completion(.success([address]))
            return nil
        }
        // A name has at most 255 bytes (RFC 1035, 2.3.4).
        guard 1...255 ~= host.utf8.count, !host.utf8.contains(0) else {
            completion(.failure(SocketError(.hostNotFound, .resolve)))
            return nil
        }
        guard !loop.isEnding else {
            completion(.failure(loop.endError(.resolve)))
            return nil
        }
        let resolver = Resolver(loop: loop, port: port, completion: completion)
        return resolver.begin(host) ? resolver : nil
    }

    /// Cancels the request: unless the completion was called, it is called now with `.cancelled`.
    ///
    /// If the system has already started to resolve the name, it continues, and its result is ignored.
    func cancel() {
        guard completion != nil else { return }
        uv_cancel(UnsafeMutableRawPointer(request).assumingMemoryBound(to: uv_req_t.self))
        answer(.failure(SocketError(.cancelled, .resolve)))
    }

    private func begin(_ host: String) -> Bool {
        var hints = addrinfo()
        hints.ai_family = AF_UNSPEC
        hints.ai_socktype = cuv_stream_type
        request.pointee.data = Unmanaged.passRetained(self).toOpaque()
        let result = uv_getaddrinfo(loop.uv, request, onResolved, host, nil, &hints)
        guard result == 0 else {
            Unmanaged.passUnretained(self).release()
            answer(.failure(Self.error(result)))
            return false
        }
        loop.memberCount += 1
        loop.requestCount += 1
        return true
    }

    fileprivate func didResolve(_ result: Int32, _ found: UnsafeMutablePointer<addrinfo>?) {
        loop.memberCount -= 1
        loop.requestCount -= 1
        defer { uv_freeaddrinfo(found) }
        guard result == 0 else { return answer(.failure(Self.error(result))) }
        var addresses: [RawAddress] = []
        var next = found
        while let info = next?.pointee {
            if let address = RawAddress(copying: info) { addresses.append(address.with(port: port)) }
            next = info.ai_next
        }
        answer(addresses.isEmpty ? .failure(SocketError(.hostNotFound, .resolve)) : .success(addresses))
    }

    private func answer(_ answer: Answer) {
        guard let completion = self.completion.take() else { return }
        completion(answer)
    }

    /// Converts a libuv error. The codes of the resolver (-3000 to -3014) all mean that the name has no address.
    private static func error(_ result: Int32) -> SocketError {
        let isResolvers = (UV_EAI_PROTOCOL.rawValue...UV_EAI_ADDRFAMILY.rawValue).contains(result)
        guard isResolvers, result != UV_EAI_CANCELED.rawValue else { return SocketError(result, .resolve) }
        return SocketError(.hostNotFound, .resolve)
    }
}

private func onResolved(
    _ request: UnsafeMutablePointer<uv_getaddrinfo_t>?, _ result: Int32, _ found: UnsafeMutablePointer<addrinfo>?
) {
    guard let data = request.unsafelyUnwrapped.pointee.data else { return }
    Unmanaged<Resolver>.fromOpaque(data).takeRetainedValue().didResolve(result, found)
}
