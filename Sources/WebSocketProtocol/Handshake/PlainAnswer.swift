import Bytes

/// The head of an answer to a ``PlainRequest`` (RFC 9112, section 4).
package struct PlainAnswer: Sendable {
    package var status: Int
    /// Those that say how long the answer is and what becomes of the connection are left out: they are said here.
    package var headers: HTTPHeaders
    /// Bytes of the body; nil where the status has none.
    package var contentLength: Int?
    /// What the body is where ``headers`` do not say.
    package var contentType: String?
    /// Whether the connection is closed behind the answer.
    package var isLast: Bool

    package init(
        status: Int, headers: HTTPHeaders, contentLength: Int?, contentType: String? = nil, isLast: Bool = false
    ) {
        self.status = status
        self.headers = headers
        self.contentLength = contentLength
        self.contentType = contentType
        self.isLast = isLast
    }

    /// Of one connection or of its bytes, and so not for whoever writes a page (RFC 9110, 7.6.1).
    private static let ownHeaders = [
        "Connection", "Content-Length", "Keep-Alive", "Proxy-Connection", "TE", "Trailer", "Transfer-Encoding",
        "Upgrade",
    ]

    /// Writes the head with its blank line.
    /// - Parameter date: of now (RFC 9110, 6.6.1), where ``headers`` do not say.
    package func write(into buffer: inout ByteBuffer, date: String) {
        buffer.append(contentsOf: "HTTP/1.1 \(status) \(StatusLine.phrase(of: status))\r\n".utf8)
        if headers["Date"] == nil { buffer.append(header: "Date", date) }
        if isLast { buffer.append(header: "Connection", "close") }
        if let contentType, headers["Content-Type"] == nil { buffer.append(header: "Content-Type", contentType) }
        if let contentLength { buffer.append(header: "Content-Length", String(contentLength)) }
        for (name, value) in headers where !Self.ownHeaders.contains(where: name.isEqualIgnoringCase) {
            buffer.append(header: name, value)
        }
        if headers["X-Content-Type-Options"] == nil { buffer.append(header: "X-Content-Type-Options", "nosniff") }
        buffer.append("\r\n")
    }

    /// What is answered instead to a client that has the body already: the same without what describes a body
    /// (RFC 9110, 15.4.5).
    package var notModified: PlainAnswer {
        let kept = headers.filter {
            !$0.name.prefix(8).isEqualIgnoringCase(to: "Content-")
                || $0.name.isEqualIgnoringCase(to: "Content-Location")
        }
        return PlainAnswer(status: 304, headers: HTTPHeaders(judged: kept), contentLength: nil, isLast: isLast)
    }
}
