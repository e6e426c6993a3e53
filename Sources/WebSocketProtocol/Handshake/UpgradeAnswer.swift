import Bytes

/// A server's 101: the WebSocket is open once it is written.
package struct UpgradeAnswer: Sendable {
    /// The sub-protocol that both sides speak from now on.
    package let subprotocol: String?
    /// What was agreed on for compression; nil where the client offered nothing acceptable or it was declined.
    package let deflate: DeflateParameters?
    /// Headers to send along, such as a cookie.
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
    /// Appends a header line; the name and the value were judged by ``HTTPHeaders`` or written here.
    mutating func append(header name: String, _ value: String) {
        append(contentsOf: name.utf8)
        append(": ")
        append(contentsOf: value.utf8)
        append("\r\n")
    }
}
