import Bytes
import EventLoops

extension WebSocketClient {
    /// Calls a method and waits for its result.
    ///
    ///     let sum: Int = try await client.sendRPC("add", 10, 20)
    ///
    /// A call whose time runs out, or whose task is cancelled, is aborted on the server too, and one that has not been
    /// sent by then never is. See Protocol.md, "Calls", "Deadlines" and "Cancellation".
    /// - Parameters:
    ///   - method: the method's name.
    ///   - arguments: the arguments by position, anything encodable.
    ///   - named: the arguments by name, anything encodable.
    ///   - timeout: how long to wait, sending included; positive. The server is told.
    /// - Returns: the result, read as the type that the context asks for.
    /// - Throws: ``RPCError`` when the server answers with an error; ``ClientError`` when no answer comes, or one of
    ///   another type; `CancellationError` when the task is cancelled. Whether the method may have run all the same,
    ///   and so whether to call again is safe, is in ``ClientError/delivery``.
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
    /// - Throws: ``ClientError`` when no response comes, or none in time; `CancellationError` when the task is
    ///   cancelled.
    public func sendRPC<each Argument: Encodable & Sendable>(
        _ method: String, _ arguments: repeat each Argument, named: [String: any Encodable & Sendable] = [:],
        timeout: CallTimeout = .standard
    ) async throws -> RPCResponse {
        try await call(method, timeout) { codec, id, extensions, buffer in
            try codec.writeRequest(
                callID: id, method: method, arguments: repeat each arguments,
                named: named.mapValues { try Value(encoding: $0) }, extensions: extensions, into: &buffer)
        }
    }

    /// Calls a method with arguments that are learnt at run time, and waits for its whole response.
    /// - Throws: ``ClientError`` when no response comes, or none in time; `CancellationError` when the task is
    ///   cancelled.
    public func sendRPC(
        _ method: String, arguments: [Value], named: [String: Value] = [:], timeout: CallTimeout = .standard
    ) async throws -> RPCResponse {
        try await call(method, timeout) { codec, id, extensions, buffer in
            try codec.writeRequest(
                callID: id, method: method, values: arguments, named: named, extensions: extensions, into: &buffer)
        }
    }

    private func call(
        _ method: String, _ timeout: CallTimeout,
        _ encode: (Codec, String, RPCExtensions, inout ByteBuffer) throws -> Void
    ) async throws -> RPCResponse {
        let time = try timeout.time(standard: configuration.callTimeout)
        let (kind, codec) = try wire()
        let connection = try connection()
        let id = makeCallID()
        let bytes = try encoded(method) { buffer in try encode(codec, id, .timeout(time), &buffer) }
        let reply: PendingCalls.Reply = await loop.wait { continuation in
            connection.value.call(id, kind, bytes, timeout: time, continuation)
        } cancel: {
            connection.value.cancel(id)
        }
        return try reply.get()
    }

    func encoded(_ method: String, _ encode: (inout ByteBuffer) throws -> Void) throws(ClientError) -> [UInt8] {
        var buffer = ByteBuffer()
        do {
            try encode(&buffer)
        } catch {
            throw ClientError(.cannotEncode, "the arguments of '\(method)': \(error)")
        }
        try check(buffer, method)
        return buffer.array
    }

    /// A server that refuses a request for its size does not say which call it was, and the caller would wait in vain.
    private func check(_ request: borrowing ByteBuffer, _ method: String) throws(ClientError) {
        let limit = configuration.requestElements
        // An element takes a byte at least.
        guard request.count > limit else { return }
        let (_, codec) = try wire()
        let parser = PacketParser(limits: PacketLimits(maxElements: limit))
        do {
            try request.withBytes { bytes in try parser.read(bytes, as: codec) { _ in } }
        } catch {
            throw ClientError(.cannotEncode, "the arguments of '\(method)' have more than \(limit) elements")
        }
    }
}
