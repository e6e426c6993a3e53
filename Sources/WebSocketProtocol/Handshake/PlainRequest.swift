/// A request that asks for no WebSocket, well-formed as HTTP/1.1, or as HTTP/1.0 for what is read with `GET` and
/// `HEAD`: for a page, a file, or in vain.
package struct PlainRequest: Sendable {
    /// As it was sent; methods are told apart by case (RFC 9110, 9.1).
    package let method: String
    /// The target up to the question mark; percent-encoding is not decoded.
    package let path: String
    /// The target behind the question mark, or nil where there is none.
    package let query: String?
    package let headers: HTTPHeaders
    /// Whether bytes follow that belong to it and must not be read as another request.
    package let hasBody: Bool
    /// Whether the peer asks for the connection to end with the answer (RFC 9112, 9.6).
    package let isLast: Bool
}

extension PlainRequest {
    /// Judges a head that is whole: its framing, and its host.
    static func read(_ line: RequestLine, headers: HTTPHeaders) -> Result<PlainRequest, Refusal> {
        guard let hasBody = hasBody(headers) else { return .failure(.badRequest("The length of the body is unclear.")) }
        if hasBody, ["GET", "HEAD"].contains(line.method) {
            return .failure(.badRequest("A request for a page has no body."))
        }
        // HTTP/1.0 knows of no hosts.
        let needsHost = !line.isOld || headers["Host"] != nil
        if needsHost, case .failure(let refusal) = line.host(headers) { return .failure(refusal) }
        let (path, query) = line.pathAndQuery
        let options = headers.values(of: "Connection").flatMap(\.listElements)
        return .success(
            PlainRequest(
                method: line.method, path: path, query: query, headers: headers, hasBody: hasBody,
                isLast: line.isOld || options.contains { $0.isEqualIgnoringCase(to: "close") }))
    }

    /// Nil where a body's end could be read in two ways, which is how requests are smuggled (RFC 9112, 6.3).
    private static func hasBody(_ headers: HTTPHeaders) -> Bool? {
        let lengths = headers.values(of: "Content-Length")
        let isChunked = headers["Transfer-Encoding"] != nil
        guard let length = lengths.first else { return isChunked }
        guard lengths.count == 1, !isChunked, !length.isEmpty, length.utf8.allSatisfy(\.isDigit) else { return nil }
        return length.utf8.contains { $0 != UInt8(ascii: "0") }
    }
}
