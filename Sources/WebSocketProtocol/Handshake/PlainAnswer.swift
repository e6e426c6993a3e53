import Bytes

/// The head of the response to a ``PlainRequest`` (RFC 9112, section 4).
package struct PlainAnswer: Sendable {
    package var status: Int
    /// The headers. Headers for the length of the response and for the connection are omitted when it is written.
    package var headers: HTTPHeaders
    /// The number of bytes in the body; nil if the status has no body.
    package var contentLength: Int?
    /// The content type of the body, unless ``headers`` has one.
    package var contentType: String?
    /// Whether the connection is closed after the response.
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

    /// Headers that concern one connection or the encoding of its bytes, so users cannot set them (RFC 9110, 7.6.1).
    private static let ownHeaders = [
        "Connection", "Content-Length", "Keep-Alive", "Proxy-Connection", "TE", "Trailer", "Transfer-Encoding",
        "Upgrade",
    ]

    /// Writes the head, including the blank line.
    /// - Parameter date: The current date (RFC 9110, 6.6.1), unless ``headers`` has one.
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

    /// The response to a client that already has the body: status 304 without the headers that describe a body (RFC
    /// 9110, 15.4.5).
    package var notModified: PlainAnswer {
        let kept = headers.filter {
            !$0.name.prefix(8).isEqualIgnoringCase(to: "Content-")
                || $0.name.isEqualIgnoringCase(to: "Content-Location")
        }
        return PlainAnswer(status: 304, headers: HTTPHeaders(validated: kept), contentLength: nil, isLast: isLast)
    }
}
