import EventLoops

extension UpgradeSession {
    /// What a hello begins with (RFC 8446, 5.1); no method of HTTP does.
    private static let tlsHandshakeRecord: UInt8 = 22

    func read(_ bytes: UnsafeMutableRawBufferPointer) {
        switch stage {
        case .proxyHeader(let reader): read(bytes, reader)
        case .beginning: beginTLSOrHTTP(bytes)
        case .http: readRequests(bytes)
        case .judging: keep(bytes)
        case .over: break
        }
    }

    private func read(_ bytes: UnsafeMutableRawBufferPointer, _ reader: ProxyHeaderReader) {
        var reader = reader
        switch reader.received(UnsafeRawBufferPointer(bytes)) {
        case .needMore: stage = .proxyHeader(reader)
        // Whoever is at the other end expects no answer yet that it could read.
        case .failed: socket.close()
        case .header(let header, let consumed):
            stage = .beginning
            guard let proxies else { return }
            if let refusal = identify(proxies.identity(of: socket.peerName, header)) {
                self.refusal = refusal
                if serverLoop.context.security.context == nil { return refuse(refusal) }
                if case .atOnce = departure { return refuse(refusal) }
                limitHandshake(to: Self.refusalTime)
            }
            beginTLSOrHTTP(UnsafeMutableRawBufferPointer(rebasing: bytes[consumed...]))
        }
    }

    /// - Parameter bytes: none where they are yet to come.
    private func beginTLSOrHTTP(_ bytes: UnsafeMutableRawBufferPointer) {
        guard let first = bytes.first, !socket.isClosed else { return }
        guard let context = serverLoop.context.security.context else {
            stage = .http
            return readRequests(bytes)
        }
        guard first == Self.tlsHandshakeRecord else { return refuse(.tlsRequired) }
        guard let session = try? TLSSession.server(context) else { return socket.close() }
        stage = .http
        socket.beginTLS(session, received: UnsafeRawBufferPointer(bytes))
    }

    /// Learns from a trusted proxy's headers whom it speaks for.
    /// - Returns: why the peer is turned away; nil to go on.
    func refusal(by headers: HTTPHeaders) -> Refusal? {
        guard let proxies, let forwarding = proxies.headers else { return nil }
        guard let hops = forwarding.hops(in: headers), let peer = proxies.identity(of: socket.peerName, hops) else {
            return .malformedForwarding
        }
        return identify(peer)
    }
}
