/// The server's side of the opening handshake (RFC 6455, section 4.2): it turns bytes into a request or a refusal.
///
/// It is an HTTP/1.1 parser for upgrades and for plain requests. It refuses every ambiguous request, and parses no
/// bytes after a refusal.
package struct ServerHandshake {
    package enum Action: Sendable {
        case needMore
        /// A valid upgrade request. `consumed` bytes of this call belonged to it. The following bytes are frames.
        case upgrade(UpgradeRequest, consumed: Int)
        /// A valid request that is not an upgrade. The bytes after its `consumed` bytes are its body, if it has one, or
        /// the next request.
        case plain(PlainRequest, consumed: Int)
        /// A refusal to write before the connection is closed.
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

    /// - Parameters:
    ///   - forwarding: The headers in which a trusted proxy names the host that its client requested; nil without such
    ///     a proxy.
    ///   - isSecure: Whether the connection uses TLS.
    package init(
        limits: HandshakeLimits = .init(), origins: OriginPolicy = .sameHost, forwarding: ForwardingHeaders? = nil,
        isSecure: Bool = false
    ) {
        self.isSecure = isSecure
        head = HeadReader(limits: limits)
        self.origins = origins
        self.forwarding = forwarding
    }

    /// Processes the next bytes. The cost per byte is about the same for any division of the head into pieces.
    package mutating func received(_ bytes: UnsafeRawBufferPointer) -> Action {
        var position = 0
        while true {
            switch state {
            case .refused(let refusal):
                return .refuse(refusal)
            case .done:
                return refuse(.badRequest("The handshake has already ended."))
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
