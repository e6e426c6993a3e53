import Bytes
import EventLoops

extension WebSocketClient {
    /// Calls a method and waits for its result.
    ///
    ///     let sum: Int = try await client.sendRPC("add", 10, 20)
    ///
    /// A call whose time runs out, or whose task is cancelled, is aborted on the server too.
    /// - Parameters:
    ///   - method: the method's name.
    ///   - arguments: the arguments by position, anything encodable.
    ///   - named: the arguments by name, anything encodable.
    ///   - timeout: how long to wait, sending included.
    /// - Returns: the result, read as the type that the context asks for.
    /// - Throws: ``RPCError`` when the server answers with an error; ``ClientError`` when no answer comes, or one of
    ///   another type; `CancellationError` when the task is cancelled.
    public func sendRPC<each Argument: Encodable & Sendable, Reply: Decodable & Sendable>(
        _ method: String, _ arguments: repeat each Argument, named: [String: any Encodable & Sendable] = [:],
        timeout: CallTimeout = .standard
    ) async throws -> Reply {
        try await sendRPC(method, repeat each arguments, named: named, timeout: timeout).result()
    }

    /// Calls a method and waits for its whole response, be it a result or an error.
    ///
    ///     let response = try await client.sendRPC("add", 10, 20)
    ///     print(response.data)
    ///
    /// An answer that is an error is returned, not thrown: see ``RPCResponse/check()`` for methods without a result.
    /// - Throws: ``ClientError`` when no response comes; `CancellationError` when the task is cancelled.
    public func sendRPC<each Argument: Encodable & Sendable>(
        _ method: String, _ arguments: repeat each Argument, named: [String: any Encodable & Sendable] = [:],
        timeout: CallTimeout = .standard
    ) async throws -> RPCResponse {
        try await call(method, timeout) { codec, id, buffer in
            try codec.writeRequest(
                callID: id, method: method, arguments: repeat each arguments,
                named: named.mapValues { try Value(encoding: $0) }, into: &buffer)
        }
    }

    /// Calls a method with arguments that are learnt at run time, and waits for its whole response.
    /// - Throws: ``ClientError`` when no response comes; `CancellationError` when the task is cancelled.
    public func sendRPC(
        _ method: String, arguments: [Value], named: [String: Value] = [:], timeout: CallTimeout = .standard
    ) async throws -> RPCResponse {
        try await call(method, timeout) { codec, id, buffer in
            try codec.writeRequest(callID: id, method: method, values: arguments, named: named, into: &buffer)
        }
    }

    private func call(
        _ method: String, _ timeout: CallTimeout, _ encode: (Codec, String, inout ByteBuffer) throws -> Void
    ) async throws -> RPCResponse {
        let (kind, codec) = try wire()
        let connection = try connection()
        let id = String(makeID(), radix: 36)
        var buffer = ByteBuffer()
        do {
            try encode(codec, id, &buffer)
        } catch {
            throw ClientError(.cannotEncode, "the arguments of '\(method)': \(error)")
        }
        let bytes = buffer.array
        let time = timeout.time(standard: callTimeout)
        let reply: PendingCalls.Reply = await loop.wait { continuation in
            connection.value.call(id, kind, bytes, timeout: time, continuation)
        } cancel: {
            connection.value.abort(id, CancellationError())
        }
        return try reply.get()
    }
}

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
    /// - Throws: ``RPCError`` when it is.
    public func check() throws(RPCError) {
        if let error { throw RPCError(data.asString ?? "", code: error) }
    }
}
