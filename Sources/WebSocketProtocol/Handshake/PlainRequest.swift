/// A well-formed request that is not an upgrade to a WebSocket. It uses HTTP/1.1; `GET` and `HEAD` may also use
/// HTTP/1.0.
package struct PlainRequest: Sendable {
    /// The method as sent. Methods are case-sensitive (RFC 9110, 9.1).
    package let method: String
    /// The target before the question mark, not percent-decoded.
    package let path: String
    /// The target after the question mark, or nil if there is none.
    package let query: String?
    package let headers: HTTPHeaders
    /// Whether the request has a body, which must not be read as another request.
    package let hasBody: Bool
    /// Whether the peer wants the connection to end after the response (RFC 9112, 9.6).
    package let isLast: Bool
}

extension PlainRequest {
    /// Validates the framing and the host of a complete head.
    static func read(_ line: RequestLine, headers: HTTPHeaders) -> Result<PlainRequest, Refusal> {
        guard let hasBody = hasBody(headers) else { return .failure(.badRequest("The body length is ambiguous.")) }
        if hasBody, ["GET", "HEAD"].contains(line.method) {
            return .failure(.badRequest("A GET or HEAD request must not have a body."))
        }
        // HTTP/1.0 does not require a host.
        let needsHost = !line.isOld || headers["Host"] != nil
        if needsHost, case .failure(let refusal) = line.host(headers) { return .failure(refusal) }
        let (path, query) = line.pathAndQuery
        let options = headers.values(of: "Connection").flatMap(\.listElements)
        return .success(
            PlainRequest(
                method: line.method, path: path, query: query, headers: headers, hasBody: hasBody,
                isLast: line.isOld || options.contains { $0.isEqualIgnoringCase(to: "close") }))
    }

    /// Returns nil if the end of the body is ambiguous, which would allow request smuggling (RFC 9112, 6.3).
    private static func hasBody(_ headers: HTTPHeaders) -> Bool? {
        let lengths = headers.values(of: "Content-Length")
        let isChunked = headers["Transfer-Encoding"] != nil
        guard let length = lengths.first else { return isChunked }
        guard lengths.count == 1, !isChunked, !length.isEmpty, length.utf8.allSatisfy(\.isDigit) else { return nil }
        return length.utf8.contains { $0 != UInt8(ascii: "0") }
    }
}
