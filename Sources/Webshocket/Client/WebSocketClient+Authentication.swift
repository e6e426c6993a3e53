extension WebSocketClient {
    /// Shows the server another token on the connection that there is, before the last one expires, or for another
    /// user; what that one had set on the server is replaced. Nothing else is undone: calls that run go on, and
    /// channels and rooms stay joined, without a word to their members. See Protocol.md, "Authentication".
    ///
    ///     try await client.authenticate(await tokens.fresh())
    ///
    /// New connections come with a token of ``ClientConfiguration/token``, which also renews an admission that expires.
    /// - Throws: ``RPCError`` when the server refuses it, ``RPCErrorCode/accessDenied`` for most: then all is as it
    ///   was; ``RPCErrorCode/methodNotFound`` where it takes no tokens. Else as for any call.
    public func authenticate(_ token: String) async throws {
        try await sendRPC(ProtocolMethod.authenticate.name, arguments: [.string(token)]).check()
        loop.execute { [session] in session.value.sayHelloAgain() }
    }
}
