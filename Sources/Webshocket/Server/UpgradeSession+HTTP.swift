import EventLoops

extension UpgradeSession {
    /// Whether what comes next is a request.
    var isReadingHTTP: Bool {
        guard case .http = stage else { return false }
        return true
    }

    /// Reads what has come; behind a request that is being answered it is kept for later.
    func readRequests(_ bytes: UnsafeMutableRawBufferPointer) {
        let count = readHTTP(bytes)
        guard isReadingHTTP else { return }
        http?.hold(UnsafeMutableRawBufferPointer(rebasing: bytes[count...]))
    }

    /// Reads requests as long as each is answered at once.
    /// - Returns: how many bytes were read.
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
                    // Reading may have stopped behind an earlier request.
                    socket.resumeReading()
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

    /// What comes is thrown away from here on.
    func endHTTP() {
        stage = .over
        cancelDeadline()
    }

    /// Ends what waits for a next request; who is being answered is, and who has yet to ask gets a refusal.
    func beginShutdown() { http?.beginShutdown() }

    /// Ends an answer that has had its time, read or not.
    func endShutdown() {
        if http != nil { socket.close() }
    }
}
