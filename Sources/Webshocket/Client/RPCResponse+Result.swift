extension RPCResponse {
    /// The result, read as a type.
    /// - Throws: ``RPCError`` when the answer is an error; ``ClientError`` when the result is of another type.
    public func result<Result: Decodable & Sendable>(as type: Result.Type = Result.self) throws -> Result {
        try check()
        do {
            return try data.decode(as: Result.self)
        } catch {
            throw ClientError(.unexpectedReply, "the reply is no \(Result.self): \(error)")
        }
    }

    /// For methods without a result: makes sure that the answer is no error.
    ///
    ///     try await client.sendRPC("login", "ann").check()
    ///
    /// - Throws: ``RPCError`` when it is, with what the method gave it: code, text, data and time to wait.
    public func check() throws(RPCError) {
        if let rpcError { throw rpcError }
    }

    /// The error that is the answer; nil for a result.
    var rpcError: RPCError? {
        error.map { RPCError(data.asString ?? "", code: $0, data: errorData, retryAfter: retryAfter) }
    }
}
