/// The decision which clients a path admits: by the upgrade request, by a token that is a client's first message, or
/// by both (Protocol.md, "Authentication"). It takes effect as a part of an ``Access``.
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
/// Both closures run on the connection's loop, in a task that is cancelled when the peer has gone or its time is over
/// (``Timeouts/handshake``, ``Timeouts/authentication``); nothing more is read from the peer meanwhile. What one throws
/// stays on the server: the peer is told an id that the log has too.
public struct Authentication: Sendable {
    /// Judges an upgrade request whose origin is admitted already. It may ask for a token with
    /// ``Decision/awaitToken``.
    public typealias HandshakeBody = nonisolated(nonsending) @Sendable (HTTPRequest) async throws -> Decision

    /// Judges a token: the first message of a connection, or later one that is to take its place. With it comes the
    /// request that has opened the connection.
    public typealias TokenBody = nonisolated(nonsending) @Sendable (String, HTTPRequest) async throws -> Decision

    /// Nil where every request is let in to send a token.
    let handshake: HandshakeBody?
    /// Nil where no token is taken.
    let token: TokenBody?
    /// What a 401 says in `WWW-Authenticate`.
    let challenge: String
    var rateLimits: [RateLimit] = []

    /// Judges upgrade requests, and tokens of those whom it lets in to send one.
    /// - Parameters:
    ///   - challenge: what a 401 says in `WWW-Authenticate` (RFC 9110, 11.6.1), such as `Basic realm="board"`; no
    ///     control characters. Browsers show it to nobody when a WebSocket is refused.
    ///   - handshake: called for each upgrade request to the path.
    ///   - token: called for tokens, which also renew the standing of a connection that is open; nil to take none.
    public init(
        challenge: String = "Bearer", _ handshake: @escaping HandshakeBody, token: TokenBody? = nil
    ) {
        self.handshake = handshake
        self.token = token
        self.challenge = challenge
    }

    /// Lets everyone in to send a token, as browsers have to, whose WebSockets carry no headers of their own.
    /// - Parameter token: as above.
    public init(token: @escaping TokenBody) {
        handshake = nil
        self.token = token
        challenge = "Bearer"
    }

    /// - Parameter path: is named in the error.
    /// - Throws: ``StartupError`` for a challenge that cannot be a header's value.
    func check(path: String) throws(StartupError) {
        var headers = HTTPHeaders()
        guard !challenge.isEmpty, (try? headers.add(name: "WWW-Authenticate", value: challenge)) != nil else {
            throw .badRoute("path '\(path)': the challenge is empty, or holds a control character")
        }
    }
}
