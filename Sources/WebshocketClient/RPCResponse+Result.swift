extension RPCResponse {
    /// Decodes the result.
    /// - Throws: ``RPCError`` if the response is an error; ``ClientError`` if the result has another type.
    public func result<Result: Decodable & Sendable>(as type: Result.Type = Result.self) throws -> Result {
        try check()
        do {
            return try data.decode(as: Result.self)
        } catch {
            throw ClientError(.unexpectedReply, "the result is not of type \(Result.self): \(error)")
        }
    }

    /// Throws the error of this response if it has one.
    ///
    ///     let response = try await client.response(to: "login", "ann")
    ///     try response.check()
    ///
    /// - Throws: ``RPCError`` with the code, text, data and waiting time that the server sent.
    public func check() throws(RPCError) {
        if let rpcError { throw rpcError }
    }

    /// The error of the response; nil if it is a result.
    var rpcError: RPCError? {
        error.map { RPCError(data.asString ?? "", code: $0, data: errorData, retryAfter: retryAfter) }
    }
}
