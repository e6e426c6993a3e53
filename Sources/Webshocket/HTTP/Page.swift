import EventLoops

/// A page of a server: what is answered to `GET` and `HEAD` at one path (Protocol.md, "Pages and files").
///
///     Page("/hello") { request in .html("<p>hello</p>") }
///     Page("/users") { request in try .json(await users.named(request.queryItems["name"])) }
public struct Page: Sendable {
    /// What makes the answer. It runs on the connection's loop, where it must not compute for long or block its thread
    /// (see ``Page/offLoop()``), and is cancelled when the peer has gone or ``Timeouts/page`` is over. Of an error that it throws, the peer gets 500 and an id,
    /// and the log the error with that id.
    public typealias Body = nonisolated(nonsending) @Sendable (HTTPRequest) async throws -> HTTPResponse

    /// Who makes the answer.
    enum Source: Sendable {
        case closure(Body, WorkLabel)
        /// Says that the process serves.
        case health
        /// Says whether the server wants to be asked: nil for as long as it does not shut down.
        case readiness(HealthChecks.Readiness?)
        case bytes(EmbeddedFile)
    }

    let path: String
    let source: Source

    /// Answers at a path.
    /// - Parameters:
    ///   - path: compared byte for byte with the request's, without its query; begins with `/`.
    ///   - body: makes the answer, to `HEAD` too, which then gets its head alone.
    public init(_ path: String, body: @escaping Body) {
        self.init(path, .closure(body, WorkLabel("page '\(path)'")))
    }

    init(_ path: String, _ source: Source) {
        self.path = path
        self.source = source
    }
}
