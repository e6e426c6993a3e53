import EventLoops

extension UpgradeSession {
    /// Whether the session expects an HTTP request next.
    var isReadingHTTP: Bool {
        guard case .http = stage else { return false }
        return true
    }

    /// Reads requests. Bytes that follow a request that is still being answered are kept for later.
    func readRequests(_ bytes: UnsafeMutableRawBufferPointer) {
        let count = readHTTP(bytes)
        guard isReadingHTTP else { return }
        http?.hold(UnsafeMutableRawBufferPointer(rebasing: bytes[count...]))
    }

    /// Reads requests until one cannot be answered at once.
    /// - Returns: The number of bytes read.
    func readHTTP(_ bytes: UnsafeMutableRawBufferPointer) -> Int {
        var position = 0
        while position < bytes.count, isReadingHTTP, http?.isAnswering != true {
            if http?.turns.bytesCame() == .limitHead {
                guard wake() else {
                    giveUpPlace()
                    return bytes.count
                }
                limitHandshake(to: serverLoop.context.configuration.timeouts.handshake)
            }
            let rest = UnsafeMutableRawBufferPointer(rebasing: bytes[position...])
            switch handshake.received(UnsafeRawBufferPointer(rest)) {
            case .needMore: position = bytes.count
            case .refuse(let refusal): refuse(refusal)
            case .upgrade(let request, let consumed):
                if let refusal = refusal(by: request.headers) {
                    refuse(refusal)
                } else {
                    // Reading may have paused after an earlier request.
                    transport.resumeReading()
                    upgrade(request, rest: UnsafeMutableRawBufferPointer(rebasing: rest[consumed...]))
                }
                return bytes.count
            case .plain(let request, let consumed):
                position += consumed
                handshake = Self.handshake(serverLoop.context, proxies)
                answer(request)
            }
        }
        return position
    }

    private func answer(_ request: PlainRequest) {
        if let refusal = refusal(by: request.headers) { return refuse(refusal, toHead: request.method == "HEAD") }
        let http = self.http ?? HTTPSession(self)
        self.http = http
        http.answer(request)
    }

    /// Ends the session; further bytes are discarded.
    func endHTTP() {
        stage = .over
        cancelDeadline()
    }

    /// Closes an idle connection. A response in progress is completed, and a request that is still to arrive is
    /// refused.
    func beginShutdown() { http?.beginShutdown() }

    /// Closes the connection at the end of a shutdown, even if the peer has not read the whole response.
    func endShutdown() {
        if http != nil { transport.close() }
    }
}
