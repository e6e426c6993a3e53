import Bytes

/// The client's side of the opening handshake (RFC 6455, section 4.1).
package struct ClientHandshake {
    package enum Action: Sendable {
        case needMore
        /// The WebSocket is open. `consumed` bytes of this call belonged to the response. The following bytes are
        /// frames.
        case accepted(AcceptedUpgrade, consumed: Int)
        case failed(HandshakeFailure)
    }

    private enum State {
        /// Exits: a status line → headers; a flaw → failed.
        case statusLine
        /// Exits: the blank line → done or failed; a flaw → failed.
        case headers(status: Int)
        case done
        case failed(HandshakeFailure)
    }

    private static let keptBody = 1_024

    private let host: String
    private let target: String
    private let headers: HTTPHeaders
    private let subprotocols: [String]
    private let compression: CompressionOptions?
    private let key: String
    private var state = State.statusLine
    private var head: HeadReader

    /// - Parameters:
    ///   - host: The authority, such as `"example.com"` or `"localhost:5000"`.
    ///   - target: The path and the query, percent-encoded.
    ///   - headers: Additional headers. They must not include headers that the handshake sets.
    ///   - key: 16 bytes in base64; nil for a random key.
    /// - Throws: ``HandshakeFailure/invalidRequest(reason:)`` if the request would be malformed.
    package init(
        host: String, target: String, headers: HTTPHeaders = .init(), subprotocols: [String] = [],
        compression: CompressionOptions? = nil, key: String? = nil, limits: HandshakeLimits = .init()
    ) throws(HandshakeFailure) {
        guard Authority(host) != nil else { throw .invalidRequest(reason: "the host is not host or host:port") }
        guard target.utf8.first == UInt8(ascii: "/"),
            target.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F && $0 != UInt8(ascii: "#") })
        else { throw .invalidRequest(reason: "the target is not a percent-encoded path") }
        guard subprotocols.allSatisfy(\.isToken), Set(subprotocols).count == subprotocols.count else {
            throw .invalidRequest(reason: "a subprotocol is not a token, or is listed twice")
        }
        for (name, _) in headers where Self.isReserved(name) {
            throw .invalidRequest(reason: "the header \(name) is reserved for the handshake")
        }
        if let key, !AcceptKey.isValid(key) { throw .invalidRequest(reason: "the key is not 16 bytes in base64") }
        self.host = host
        self.target = target
        self.headers = headers
        self.subprotocols = subprotocols
        self.compression = compression
        self.key = key ?? AcceptKey.make()
        head = HeadReader(limits: limits)
    }

    package func writeRequest(into buffer: inout ByteBuffer) {
        buffer.append(contentsOf: "GET \(target) HTTP/1.1\r\n".utf8)
        buffer.append(header: "Host", host)
        buffer.append("Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n")
        buffer.append(header: "Sec-WebSocket-Key", key)
        if !subprotocols.isEmpty {
            buffer.append(header: "Sec-WebSocket-Protocol", subprotocols.joined(separator: ", "))
        }
        if let compression { buffer.append(header: "Sec-WebSocket-Extensions", compression.offer) }
        for (name, value) in headers { buffer.append(header: name, value) }
        buffer.append("\r\n")
    }

    /// Processes the next bytes of the server's response.
    package mutating func received(_ bytes: UnsafeRawBufferPointer) -> Action {
        var position = 0
        while true {
            switch state {
            case .failed(let failure):
                return .failed(failure)
            case .done:
                return fail(.malformed(reason: "the handshake has already ended"))
            case .statusLine, .headers:
                break
            }
            switch head.read(bytes, from: &position) {
            case .needMore:
                return .needMore
            case .flawed(let flaw):
                return fail(.malformed(reason: flaw.explanation))
            case .startLine(let line):
                guard let status = StatusLine.status(of: line) else {
                    return fail(.malformed(reason: "The first line is not an HTTP/1.1 response."))
                }
                state = .headers(status: status)
            case .end:
                guard case .headers(101) = state else {
                    return fail(refusal(body: UnsafeRawBufferPointer(rebasing: bytes[position...])))
                }
                switch accepted() {
                case .success(let upgrade):
                    state = .done
                    return .accepted(upgrade, consumed: position)
                case .failure(let failure):
                    return fail(failure)
                }
            }
        }
    }

    private mutating func fail(_ failure: HandshakeFailure) -> Action {
        state = .failed(failure)
        return .failed(failure)
    }

    private func refusal(body: UnsafeRawBufferPointer) -> HandshakeFailure {
        guard case .headers(let status) = state else { return .malformed(reason: "The response is empty.") }
        let prefix = [UInt8](body.prefix(Self.keptBody))
        return .refused(status: status, headers: head.headers, body: HeadReader.text(prefix[...]))
    }
}

// MARK: - Validation

extension ClientHandshake {
    private static func isReserved(_ name: String) -> Bool {
        let names = ["Host", "Upgrade", "Connection", "Content-Length", "Transfer-Encoding"]
        return names.contains { $0.isEqualIgnoringCase(to: name) }
            || name.prefix(14).isEqualIgnoringCase(to: "Sec-WebSocket-")
    }

    private func accepted() -> Result<AcceptedUpgrade, HandshakeFailure> {
        let answer = head.headers
        guard answer.values(of: "Upgrade").count == 1, answer["Upgrade"]?.isEqualIgnoringCase(to: "websocket") == true
        else { return .failure(.malformed(reason: "The response does not upgrade to WebSocket.")) }
        let connection = answer.values(of: "Connection").flatMap(\.listElements)
        guard connection.contains(where: { $0.isEqualIgnoringCase(to: "upgrade") }) else {
            return .failure(.malformed(reason: "The response's Connection header does not contain Upgrade."))
        }
        guard answer.values(of: "Sec-WebSocket-Accept") == [AcceptKey.answer(to: key)] else {
            return .failure(.malformed(reason: "The response's Sec-WebSocket-Accept does not match the key."))
        }
        let chosen = answer.values(of: "Sec-WebSocket-Protocol")
        guard chosen.count <= 1, chosen.allSatisfy(subprotocols.contains) else {
            return .failure(.malformed(reason: "The response selects a subprotocol that was not offered."))
        }
        guard let elements = ExtensionElement.parse(answer.values(of: "Sec-WebSocket-Extensions")) else {
            return .failure(.malformed(reason: "The response's Sec-WebSocket-Extensions is malformed."))
        }
        var deflate: DeflateParameters?
        if let element = elements.first {
            guard elements.count == 1, let compression,
                let agreed = DeflateParameters(answer: element, to: compression)
            else { return .failure(.malformed(reason: "The response's extensions do not match the offer.")) }
            deflate = agreed
        }
        return .success(AcceptedUpgrade(subprotocol: chosen.first, deflate: deflate, headers: answer))
    }
}

/// The parameters to which a server agreed.
package struct AcceptedUpgrade: Sendable {
    package let subprotocol: String?
    package let deflate: DeflateParameters?
    package let headers: HTTPHeaders
}
