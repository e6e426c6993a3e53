extension WebSocketClient {
    /// Authenticates the open connection with another token, before the current one expires or to change the user.
    ///
    ///     try await client.authenticate(await tokens.fresh())
    ///
    /// The server replaces the attributes and the user's name that the previous token set. Everything else stays: calls
    /// in flight continue, and the client keeps its channels and rooms without a notification to their members. See
    /// Protocol.md, "Authentication".
    ///
    /// New connections use ``ClientConfiguration/token``, which also renews an admission that expires.
    /// - Throws: ``RPCError`` if the server refuses the token, usually with ``RPCErrorCode/accessDenied``; the current
    ///   admission then stays valid. ``RPCErrorCode/methodNotFound`` if the server does not support tokens.
    ///   ``ClientError`` if no response arrives; `CancellationError` if the task is cancelled.
    public func authenticate(_ token: String) async throws {
        try await sendRPC(ProtocolMethod.authenticate.name, arguments: [.string(token)])
        loop.execute { [session] in session.value.sayHelloAgain() }
    }
}
