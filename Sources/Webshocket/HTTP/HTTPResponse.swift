import Bytes

/// What a page answers to a request (RFC 9110, section 15).
///
///     Page("/hello") { request in .html("<p>hello</p>") }
///
/// The server adds a `Date`, what is about the connection and the body's length, `X-Content-Type-Options: nosniff`, and
/// an `ETag` of the body to an answer of 200 that has none, unless its `Cache-Control` has `no-store` or it is above
/// 1 MiB.
public struct HTTPResponse: Sendable {
    /// 200 to 599; an answer with another number is one of 500.
    public var status: Int
    /// Further headers. `Content-Length`, `Connection` and others that are about the connection are the server's, and
    /// left out.
    public var headers: HTTPHeaders
    /// All of the body; not sent to `HEAD`, nor with 204 and 304. It is held until the peer has read it, once for all
    /// connections that the same array is sent to.
    public var body: [UInt8]

    /// Makes an answer.
    /// - Parameters:
    ///   - status: as ``status``.
    ///   - headers: as ``headers``; without a `Content-Type` the body is `application/octet-stream`.
    ///   - body: as ``body``.
    public init(status: Int = 200, headers: HTTPHeaders = HTTPHeaders(), body: [UInt8] = []) {
        self.status = status
        self.headers = headers
        self.body = body
    }

    /// Makes an answer of one type, which the module has judged.
    init(status: Int, type: String, body: [UInt8]) {
        self.init(status: status, headers: HTTPHeaders(judged: [("Content-Type", type)]), body: body)
    }
}

// MARK: - Of common kinds

extension HTTPResponse {
    /// Plain text, in UTF-8.
    public static func text(_ text: String, status: Int = 200) -> HTTPResponse {
        HTTPResponse(status: status, type: "text/plain; charset=utf-8", body: Array(text.utf8))
    }

    /// A page of HTML, in UTF-8. What people have typed has to be escaped before it is put into one.
    public static func html(_ text: String, status: Int = 200) -> HTTPResponse {
        HTTPResponse(status: status, type: "text/html; charset=utf-8", body: Array(text.utf8))
    }

    /// A value as JSON.
    /// - Throws: `EncodingError` for what JSON cannot say, such as NaN, or what the value's own `encode` throws.
    public static func json(_ value: some Encodable & Sendable, status: Int = 200) throws -> HTTPResponse {
        var body = ByteBuffer()
        try Codec.json.encode(value, into: &body, depth: 0)
        return HTTPResponse(status: status, type: "application/json", body: body.array)
    }

    /// The way to another place: 302, or 301 for good.
    /// - Parameters:
    ///   - location: a URL, or a path of this server; what may not stand in one is percent-encoded.
    ///   - isPermanent: whether clients may remember it.
    public static func redirect(to location: String, isPermanent: Bool = false) -> HTTPResponse {
        var answer = text("It is elsewhere.\n", status: isPermanent ? 301 : 302)
        answer.headers.add(judgedName: "Location", value: PercentEncoding.encodingUnprintable(location))
        return answer
    }

    /// 404.
    public static let notFound = text("There is nothing here.\n", status: 404)
}
