/// A server's side of the opening handshake (RFC 6455, section 4.2): bytes in, a request or a refusal out.
///
/// It is an HTTP/1.1 parser for upgrades, and for requests that have no body: whatever could be read in two ways is
/// refused, and after a refusal no further byte is parsed.
package struct ServerHandshake {
    package enum Action: Sendable {
        case needMore
        /// A good request. `consumed` bytes of this call belonged to it; what is behind them are frames.
        case upgrade(UpgradeRequest, consumed: Int)
        /// A good request that is for no WebSocket. What is behind its `consumed` bytes is the next request, unless it
        /// has a body.
        case plain(PlainRequest, consumed: Int)
        /// To be written, and the connection closed.
        case refuse(Refusal)
    }

    private enum State {
        /// Exits: a start line → headers; a flaw → refused.
        case startLine
        /// Exits: the blank line → done or refused; a flaw → refused.
        case headers(RequestLine)
        case done
        case refused(Refusal)
    }

    private var state = State.startLine
    private var head: HeadReader
    private let origins: OriginPolicy
    private let forwarding: ForwardingHeaders?
    private let isSecure: Bool

    /// - Parameter forwarding: where a trusted proxy says which host its client asked for; nil without such a proxy.
    /// - Parameter isSecure: whether the bytes come over TLS.
    package init(
        limits: HandshakeLimits = .init(), origins: OriginPolicy = .sameHost, forwarding: ForwardingHeaders? = nil,
        isSecure: Bool = false
    ) {
        self.isSecure = isSecure
        head = HeadReader(limits: limits)
        self.origins = origins
        self.forwarding = forwarding
    }

    /// Takes the next bytes. Costs about the same per byte whichever way the head is cut.
    package mutating func received(_ bytes: UnsafeRawBufferPointer) -> Action {
        var position = 0
        while true {
            switch state {
            case .refused(let refusal):
                return .refuse(refusal)
            case .done:
                return refuse(.badRequest("The handshake is over."))
            case .startLine, .headers:
                break
            }
            switch head.read(bytes, from: &position) {
            case .needMore:
                return .needMore
            case .flawed(let flaw):
                return refuse(Refusal(flaw))
            case .startLine(let line):
                switch RequestLine.read(line) {
                case .success(let line): state = .headers(line)
                case .failure(let refusal): return refuse(refusal)
                }
            case .end:
                guard case .headers(let line) = state else { return refuse(.badRequest("The request is empty.")) }
                guard UpgradeRequest.isAskedFor(line, head.headers) else { return plain(line, consumed: position) }
                switch UpgradeRequest.read(line, headers: head.headers, origins: origins, forwarding, isSecure) {
                case .success(let request):
                    state = .done
                    return .upgrade(request, consumed: position)
                case .failure(let refusal):
                    return refuse(refusal)
                }
            }
        }
    }

    private mutating func plain(_ line: RequestLine, consumed: Int) -> Action {
        switch PlainRequest.read(line, headers: head.headers) {
        case .success(let request):
            state = .done
            return .plain(request, consumed: consumed)
        case .failure(let refusal):
            return refuse(refusal)
        }
    }

    private mutating func refuse(_ refusal: Refusal) -> Action {
        state = .refused(refusal)
        return .refuse(refusal)
    }
}
