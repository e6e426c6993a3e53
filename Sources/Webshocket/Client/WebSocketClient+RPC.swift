import Bytes

extension WebSocketClient {
    /// Calls a method and waits for its result.
    ///
    ///     let sum: Int = try await client.sendRPC("add", 10, 20)
    ///
    /// - Parameters:
    ///   - method: the method's name.
    ///   - arguments: the arguments by position, anything encodable.
    ///   - named: the arguments by name.
    ///   - timeout: how long to wait; nil for ``ClientConfiguration/callTimeout``.
    /// - Returns: the result, read as the type that the context asks for.
    /// - Throws: ``RPCError`` when the server answers with an error; ``ClientError`` when no answer comes, or one of
    ///   another type; `CancellationError` when the task is cancelled.
    public func sendRPC<each Argument: Encodable & Sendable, Reply: Decodable & Sendable>(
        _ method: String, _ arguments: repeat each Argument, named: [String: Value] = [:], timeout: Duration? = nil
    ) async throws -> Reply {
        let response = try await sendRPC(method, repeat each arguments, named: named, timeout: timeout)
        if let code = response.error { throw RPCError(response.data.asString ?? "", code: code) }
        do {
            return try response.data.decode(as: Reply.self)
        } catch {
            throw ClientError(.unexpectedReply, "the reply of '\(method)' is no \(Reply.self): \(error)")
        }
    }

    /// Calls a method and waits for its whole response, be it a result or an error.
    ///
    ///     let response = try await client.sendRPC("add", 10, 20)
    ///     print(response.data)
    ///
    /// - Throws: ``ClientError`` when no response comes; `CancellationError` when the task is cancelled.
    public func sendRPC<each Argument: Encodable & Sendable>(
        _ method: String, _ arguments: repeat each Argument, named: [String: Value] = [:], timeout: Duration? = nil
    ) async throws -> RPCResponse {
        try await call(method, timeout) { codec, id, buffer in
            try codec.writeRequest(
                callID: id, method: method, arguments: repeat each arguments, named: named, into: &buffer)
        }
    }

    /// Calls a method with arguments that are already values, for programs that learn them at run time.
    /// - Throws: ``ClientError`` when no response comes; `CancellationError` when the task is cancelled.
    public func sendRPC(
        _ method: String, arguments: [Value], named: [String: Value] = [:], timeout: Duration? = nil
    ) async throws -> RPCResponse {
        try await call(method, timeout) { codec, id, buffer in
            try codec.writeRequest(callID: id, method: method, values: arguments, named: named, into: &buffer)
        }
    }

    private func call(
        _ method: String, _ timeout: Duration?, _ encode: (Codec, String, inout ByteBuffer) throws -> Void
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
        let timeout = timeout ?? callTimeout
        let mark = CancellationMark()
        let reply: PendingCalls.Reply = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                loop.execute {
                    if mark.isCancelled { return continuation.resume(returning: .failure(.notConnected)) }
                    connection.value.call(id, kind, bytes, timeout: timeout, continuation)
                }
            }
        } onCancel: {
            mark.cancel()
            loop.execute { connection.value.end(id, .failure(.notConnected)) }
        }
        if case .failure = reply { try Task.checkCancellation() }
        return try reply.get()
    }
}
