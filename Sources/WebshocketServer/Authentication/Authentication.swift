/// The authentication of a path, which decides which clients are admitted (Protocol.md, "Authentication").
///
/// It checks the upgrade request, a token that the client sends as its first message, or both. Use it as a part of an
/// ``Access``.
///
///     var access: Access {
///         .authenticated { request in
///             guard let user = sessions.user(request.cookies["session"]) else { return .refuse(.unauthorized) }
///             return .admit(userID: user, attributes: ["isAdmin": true])
///         } token: { token, request in
///             guard let user = try await tokens.user(of: token) else { return .refuse(.unauthorized) }
///             return .admit(userID: user, expiresAfter: .seconds(600))
///         }
///     }
///
/// Both closures run on the connection's loop, in a task. The task is cancelled if the client disconnects or a timeout
/// passes (``ServerTimeouts/handshake``, ``ServerTimeouts/authentication``). Until the client is admitted, nothing more
/// is read from it. If a closure throws, the client receives only an error ID; the log entry with the same ID has the
/// error.
public struct Authentication: Sendable {
    /// A closure that checks an upgrade request, after its origin was accepted. It may require a token by returning
    /// ``Decision/awaitToken``.
    public typealias HandshakeBody = nonisolated(nonsending) @Sendable (HTTPRequest) async throws -> Decision

    /// A closure that checks a token. The token is the first message of a connection, or a later one that renews the
    /// admission. The closure also receives the request that opened the connection.
    public typealias TokenBody = nonisolated(nonsending) @Sendable (String, HTTPRequest) async throws -> Decision

    /// The closure for upgrade requests; nil if every request is accepted, to wait for a token.
    let handshake: HandshakeBody?
    /// The closure for tokens; nil if tokens are not accepted.
    let token: TokenBody?
    /// The value of `WWW-Authenticate` in a response with status 401.
    let challenge: String
    var rateLimits: [RateLimit] = []

    /// Creates an authentication by upgrade request, and optionally by token.
    /// - Parameters:
    ///   - challenge: The value of `WWW-Authenticate` in a response with status 401 (RFC 9110, 11.6.1), such as
    ///     `Basic realm="board"`; no control characters. Browsers do not show it if a WebSocket is refused.
    ///   - handshake: Called for each upgrade request to the path.
    ///   - token: Called for each token, including tokens that renew the admission of an open connection; nil if tokens
    ///     are not accepted.
    public init(
        challenge: String = "Bearer", _ handshake: @escaping HandshakeBody, token: TokenBody? = nil
    ) {
        self.handshake = handshake
        self.token = token
        self.challenge = challenge
    }

    /// Creates an authentication by token only: every upgrade request is accepted, and the client must then send a
    /// token.
    ///
    /// Use it for browsers, which cannot add headers to the upgrade request of a WebSocket.
    /// - Parameter token: Called for each token, including tokens that renew the admission of an open connection.
    public init(token: @escaping TokenBody) {
        handshake = nil
        self.token = token
        challenge = "Bearer"
    }

    /// Checks the challenge.
    /// - Parameter path: The path, for the error.
    /// - Throws: ``ServerError`` if the challenge is not valid as the value of a header.
    func check(path: String) throws(ServerError) {
        var headers = HTTPHeaders()
        guard !challenge.isEmpty, (try? headers.add(name: "WWW-Authenticate", value: challenge)) != nil else {
            throw .invalidRoute("path '\(path)': the challenge is empty or contains a control character")
        }
    }
}
