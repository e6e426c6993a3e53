import Bytes

/// The server's 101 response, after which the WebSocket is open.
package struct UpgradeAnswer: Sendable {
    /// The subprotocol that both sides use from now on.
    package let subprotocol: String?
    /// The agreed compression; nil if the client offered nothing acceptable or the server declined.
    package let deflate: DeflateParameters?
    /// Additional headers, such as a cookie.
    package var headers = HTTPHeaders()
    private let accept: String
    private let deflateAnswer: String?

    init(accept: String, subprotocol: String?, agreement: DeflateAgreement?) {
        self.accept = accept
        self.subprotocol = subprotocol
        deflate = agreement?.parameters
        deflateAnswer = agreement?.answer
    }

    package func write(into buffer: inout ByteBuffer) {
        buffer.append("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n")
        buffer.append(header: "Sec-WebSocket-Accept", accept)
        if let subprotocol { buffer.append(header: "Sec-WebSocket-Protocol", subprotocol) }
        if let deflateAnswer { buffer.append(header: "Sec-WebSocket-Extensions", deflateAnswer) }
        for (name, value) in headers { buffer.append(header: name, value) }
        buffer.append("\r\n")
    }
}

extension ByteBuffer {
    /// Appends a header line. The name and the value must be valid.
    mutating func append(header name: String, _ value: String) {
        append(contentsOf: name.utf8)
        append(": ")
        append(contentsOf: value.utf8)
        append("\r\n")
    }
}
