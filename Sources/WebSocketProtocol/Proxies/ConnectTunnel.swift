import Bytes

/// A client's side of asking an HTTP proxy for a way to a server (RFC 9110, section 9.3.6): CONNECT out, its answer in.
package struct ConnectTunnel {
    package enum Action: Sendable, Equatable {
        case needMore
        /// `consumed` bytes of this call belonged to the answer; what is behind them comes from the server.
        case open(consumed: Int)
        case failed(Failure)
    }

    package enum Failure: Sendable, Equatable {
        /// Another status than one of success.
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

    /// More than any proxy has to say before it answers.
    private static let mostInterimAnswers = 8

    private let authority: String
    private let credentials: BasicCredentials?
    private var state = State.statusLine
    private var head: HeadReader
    private var interimAnswers = 0
    private let limits: HandshakeLimits

    /// - Parameters:
    ///   - host: where to; an IPv6 address without brackets. Nil where it cannot stand in a request.
    ///   - limits: of the answer's head.
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

    /// Takes the next bytes of the proxy's answer.
    package mutating func received(_ bytes: UnsafeRawBufferPointer) -> Action {
        var position = 0
        while true {
            switch state {
            case .failed(let failure): return .failed(failure)
            case .open: return fail(.malformed(reason: "The way is open."))
            case .statusLine, .headers: break
            }
            switch head.read(bytes, from: &position) {
            case .needMore:
                return .needMore
            case .flawed(let flaw):
                return fail(.malformed(reason: flaw.explanation))
            case .startLine(let line):
                guard let status = StatusLine.status(of: line) else {
                    return fail(.malformed(reason: "The first line is no HTTP answer."))
                }
                state = .headers(status: status)
            case .end:
                guard case .headers(let status) = state else {
                    return fail(.malformed(reason: "The answer is empty."))
                }
                // More is to come behind an interim answer (RFC 9110, 15.2), but for another protocol's.
                if 100...199 ~= status, status != 101, interimAnswers < Self.mostInterimAnswers {
                    interimAnswers += 1
                    head = HeadReader(limits: limits)
                    state = .statusLine
                    continue
                }
                // A success has no body, whatever its headers say.
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
