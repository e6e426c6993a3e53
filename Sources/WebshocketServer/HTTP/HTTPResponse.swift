import Bytes

/// A page's response to a request (RFC 9110, section 15).
///
///     HTTPRoute("/hello") { request in .html("<p>hello</p>") }
///
/// The server adds `Date`, `Content-Length`, the headers about the connection, and `X-Content-Type-Options: nosniff`.
/// It also adds an `ETag` if the status is 200 and there is none. A response is left without it if `Cache-Control` has
/// `no-store` or the body is larger than 1 MiB.
public struct HTTPResponse: Sendable {
    /// The status code; 200 to 599. For other numbers, the server responds with 500.
    public var status: Int
    /// Additional headers. `Content-Length`, `Connection` and other headers about the connection are ignored, because
    /// the server sets them.
    public var headers: HTTPHeaders
    /// The whole body. It is not sent in response to `HEAD`, or with status 204 or 304.
    ///
    /// The body stays in memory until the client has read it. Responses with the same array share its memory.
    public var body: [UInt8]

    /// Creates a response.
    /// - Parameters:
    ///   - status: The status code; 200 to 599.
    ///   - headers: Additional headers. The default of `Content-Type` is `application/octet-stream`.
    ///   - body: The whole body.
    public init(status: Int = 200, headers: HTTPHeaders = HTTPHeaders(), body: some Sequence<UInt8> = []) {
        self.status = status
        self.headers = headers
        self.body = Array(body)
    }

    /// Creates a response with a content type that is known to be a valid header value.
    init(status: Int, type: String, body: [UInt8]) {
        self.init(status: status, headers: HTTPHeaders(validated: [("Content-Type", type)]), body: body)
    }
}

// MARK: - Common responses

extension HTTPResponse {
    /// Creates a response with plain text in UTF-8.
    /// - Parameters:
    ///   - text: The body.
    ///   - status: The status code; 200 to 599.
    public static func text(_ text: String, status: Int = 200) -> HTTPResponse {
        HTTPResponse(status: status, type: "text/plain; charset=utf-8", body: Array(text.utf8))
    }

    /// Creates a response with HTML in UTF-8.
    /// - Parameters:
    ///   - text: The body. Escape text from users before you insert it into HTML.
    ///   - status: The status code; 200 to 599.
    public static func html(_ text: String, status: Int = 200) -> HTTPResponse {
        HTTPResponse(status: status, type: "text/html; charset=utf-8", body: Array(text.utf8))
    }

    /// Creates a response with a value that is encoded as JSON.
    /// - Parameters:
    ///   - value: The body.
    ///   - status: The status code; 200 to 599.
    /// - Throws: `EncodingError` if JSON cannot represent the value, such as NaN; any error that the value's
    ///   `encode(to:)` throws.
    public static func json(_ value: some Encodable & Sendable, status: Int = 200) throws -> HTTPResponse {
        var body = ByteBuffer()
        try PacketCodec.json.encode(value, into: &body, depth: 0)
        return HTTPResponse(status: status, type: "application/json", body: body.array)
    }

    /// Creates a redirect with status 302, or 301 if it is permanent.
    /// - Parameters:
    ///   - location: A URL, or a path of this server. Characters that are not allowed in a URL are percent-encoded.
    ///   - isPermanent: Whether clients may cache the redirect.
    public static func redirect(to location: String, isPermanent: Bool = false) -> HTTPResponse {
        var answer = text("Redirected.\n", status: isPermanent ? 301 : 302)
        answer.headers.add(validatedName: "Location", value: PercentEncoding.encodingUnprintable(location))
        return answer
    }

    /// A response with status 404.
    public static let notFound = text("Not found.\n", status: 404)
}
