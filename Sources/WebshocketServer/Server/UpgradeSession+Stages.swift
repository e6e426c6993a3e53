import EventLoops

extension UpgradeSession {
    /// The first byte of a TLS ClientHello record (RFC 8446, 5.1). No HTTP method starts with it.
    private static let tlsHandshakeRecord: UInt8 = 22

    func read(_ bytes: UnsafeMutableRawBufferPointer) {
        switch stage {
        case .proxyHeader(let reader): read(bytes, reader)
        case .beginning: beginTLSOrHTTP(bytes)
        case .http: readRequests(bytes)
        case .validating: keep(bytes)
        case .over: break
        }
    }

    private func read(_ bytes: UnsafeMutableRawBufferPointer, _ reader: ProxyHeaderReader) {
        var reader = reader
        switch reader.received(UnsafeRawBufferPointer(bytes)) {
        case .needMore: stage = .proxyHeader(reader)
        // The peer cannot read a response yet, for example because TLS has not begun.
        case .failed: transport.close()
        case .header(let header, let consumed):
            stage = .beginning
            guard let proxies else { return }
            if let refusal = identify(proxies.identity(of: transport.peerName, header)) {
                self.refusal = refusal
                if serverLoop.context.security.context == nil { return refuse(refusal) }
                if case .atOnce = closingSocket { return refuse(refusal) }
                limitHandshake(to: Self.refusalTime)
            }
            beginTLSOrHTTP(UnsafeMutableRawBufferPointer(rebasing: bytes[consumed...]))
        }
    }

    /// Begins TLS or HTTP, depending on the first byte.
    /// - Parameter bytes: May be empty. Then nothing happens until more are received.
    private func beginTLSOrHTTP(_ bytes: UnsafeMutableRawBufferPointer) {
        guard let first = bytes.first, !transport.isClosed else { return }
        guard let context = serverLoop.context.security.context else {
            stage = .http
            return readRequests(bytes)
        }
        guard first == Self.tlsHandshakeRecord else { return refuse(.tlsRequired) }
        guard let session = try? TLSSession.server(context) else { return transport.close() }
        stage = .http
        transport.beginTLS(session, received: UnsafeRawBufferPointer(bytes))
    }

    /// Updates the peer's identity from the headers of a trusted proxy.
    /// - Returns: The reason to refuse the peer; nil if it is accepted.
    func refusal(by headers: HTTPHeaders) -> Refusal? {
        guard let proxies, let forwarding = proxies.headers else { return nil }
        guard let hops = forwarding.hops(in: headers), let peer = proxies.identity(of: transport.peerName, hops) else {
            return .malformedForwarding
        }
        return identify(peer)
    }
}
