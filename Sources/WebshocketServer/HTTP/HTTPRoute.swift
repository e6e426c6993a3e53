import EventLoops

/// A page of a server: the response to `GET` and `HEAD` at one path (Protocol.md, "Pages and files").
///
///     HTTPRoute("/hello") { request in .html("<p>hello</p>") }
///     HTTPRoute("/users") { request in try .json(await users.named(request.queryItems["name"])) }
public struct HTTPRoute: Sendable {
    /// A closure that makes the response to a request.
    ///
    /// It runs on the connection's event loop, so it must not compute for a long time or block its thread; see
    /// ``HTTPRoute/offLoop()``. It is cancelled if the client disconnects or ``ServerTimeouts/httpResponse`` has
    /// passed. If it throws, the client receives 500 and an error ID; the log entry with the same ID has the error.
    public typealias Body = nonisolated(nonsending) @Sendable (HTTPRequest) async throws -> HTTPResponse

    /// The source of the response.
    enum Source: Sendable {
        case closure(Body, WorkLabel)
        /// The health check.
        case health
        /// The readiness check. With nil, the server is ready until it shuts down.
        case readiness(HealthChecks.Readiness?)
        case bytes(EmbeddedFile)
    }

    let path: String
    let source: Source

    /// Creates a page.
    /// - Parameters:
    ///   - path: The path of the page, which begins with `/`. It is compared byte for byte with the path of the
    ///     request, without the query.
    ///   - body: Makes the response. It is called for `HEAD` too, and the response is then sent without its body.
    public init(_ path: String, body: @escaping Body) {
        self.init(path, .closure(body, WorkLabel("page '\(path)'")))
    }

    init(_ path: String, _ source: Source) {
        self.path = path
        self.source = source
    }
}
