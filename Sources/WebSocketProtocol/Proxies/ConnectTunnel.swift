import Bytes

/// The client's side of a request for a tunnel through an HTTP proxy (RFC 9110, section 9.3.6): it sends CONNECT and
/// reads the response.
package struct ConnectTunnel {
    package enum Action: Sendable, Equatable {
        case needMore
        /// `consumed` bytes of this call belonged to the response. The following bytes come from the server.
        case open(consumed: Int)
        case failed(Failure)
    }

    package enum Failure: Sendable, Equatable {
        /// The response has a status other than a success.
        case refused(status: Int)
        case malformed(reason: String)
    }

    private enum State {
        /// Exits: a status line → headers; a flaw → failed.
        case statusLine
        /// Exits: the blank line → open or failed; a flaw → failed.
        case headers(status: Int)
        case open
        case failed(Failure)
    }

    /// More interim responses than any proxy needs to send.
    private static let mostInterimAnswers = 8

    private let authority: String
    private let credentials: BasicCredentials?
    private var state = State.statusLine
    private var head: HeadReader
    private var interimAnswers = 0
    private let limits: HandshakeLimits

    /// Creates a tunnel; nil if the host cannot be part of a request.
    /// - Parameters:
    ///   - host: The host to connect to; an IPv6 address without brackets.
    ///   - limits: The limits on the head of the response.
    package init?(
        host: String, port: UInt16, credentials: BasicCredentials? = nil, limits: HandshakeLimits = HandshakeLimits()
    ) {
        authority = (host.contains(":") ? "[\(host)]" : host) + ":\(port)"
        guard Authority(authority) != nil else { return nil }
        self.credentials = credentials
        self.limits = limits
        head = HeadReader(limits: limits)
    }

    package func writeRequest(into buffer: inout ByteBuffer) {
        buffer.append(contentsOf: "CONNECT \(authority) HTTP/1.1\r\n".utf8)
        buffer.append(header: "Host", authority)
        if let credentials { buffer.append(header: "Proxy-Authorization", credentials.headerValue) }
        buffer.append("\r\n")
    }

    /// Processes the next bytes of the proxy's response.
    package mutating func received(_ bytes: UnsafeRawBufferPointer) -> Action {
        var position = 0
        while true {
            switch state {
            case .failed(let failure): return .failed(failure)
            case .open: return fail(.malformed(reason: "The tunnel is already open."))
            case .statusLine, .headers: break
            }
            switch head.read(bytes, from: &position) {
            case .needMore:
                return .needMore
            case .flawed(let flaw):
                return fail(.malformed(reason: flaw.explanation))
            case .startLine(let line):
                guard let status = StatusLine.status(of: line) else {
                    return fail(.malformed(reason: "The first line is not an HTTP response."))
                }
                state = .headers(status: status)
            case .end:
                guard case .headers(let status) = state else {
                    return fail(.malformed(reason: "The response is empty."))
                }
                // Another response follows an interim response (RFC 9110, 15.2), unless it switches protocols.
                if 100...199 ~= status, status != 101, interimAnswers < Self.mostInterimAnswers {
                    interimAnswers += 1
                    head = HeadReader(limits: limits)
                    state = .statusLine
                    continue
                }
                // A success has no body, whatever its headers claim.
                guard 200...299 ~= status else { return fail(.refused(status: status)) }
                state = .open
                return .open(consumed: position)
            }
        }
    }

    private mutating func fail(_ failure: Failure) -> Action {
        state = .failed(failure)
        return .failed(failure)
    }
}
