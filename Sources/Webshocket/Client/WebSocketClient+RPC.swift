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
    ///   - timeout: how long to wait, for a connection and sending included; positive. The server is told.
    ///   - idempotent: whether the method may run twice without harm. Then the call survives the loss of its
    ///     connection: it is sent again on the next one, before what was called later.
    /// - Returns: the result, read as the type that the context asks for.
    /// - Throws: ``RPCError`` when the server answers with an error; ``ClientError`` when no answer comes, or one of
    ///   another type; `CancellationError` when the task is cancelled. Whether the method may have run all the same,
    ///   and so whether to call again is safe, is in ``ClientError/delivery``.
    public func sendRPC<each Argument: Encodable & Sendable, Reply: Decodable & Sendable>(
        _ method: String, _ arguments: repeat each Argument, named: [String: any Encodable & Sendable] = [:],
        timeout: CallTimeout = .standard, idempotent: Bool = false
    ) async throws -> Reply {
        try await sendRPC(method, repeat each arguments, named: named, timeout: timeout, idempotent: idempotent)
            .result()
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
        timeout: CallTimeout = .standard, idempotent: Bool = false
    ) async throws -> RPCResponse {
        try await call(method, timeout, idempotent) { codec, id, extensions, buffer in
            try codec.writeRequest(
                callID: id, method: method, arguments: repeat each arguments,
                named: named.mapValues { try Value(encoding: $0) }, extensions: extensions, into: &buffer)
        }
    }

    /// Calls a method with arguments that are learnt at run time, and waits for its whole response.
    /// - Throws: ``ClientError`` when no response comes, or none in time; `CancellationError` when the task is
    ///   cancelled.
    public func sendRPC(
        _ method: String, arguments: [Value], named: [String: Value] = [:], timeout: CallTimeout = .standard,
        idempotent: Bool = false
    ) async throws -> RPCResponse {
        try await call(method, timeout, idempotent) { codec, id, extensions, buffer in
            try codec.writeRequest(
                callID: id, method: method, values: arguments, named: named, extensions: extensions, into: &buffer)
        }
    }

    private func call(
        _ method: String, _ timeout: CallTimeout, _ idempotent: Bool,
        _ encode: (Codec, String, RPCExtensions, inout ByteBuffer) throws -> Void
    ) async throws -> RPCResponse {
        let time = try timeout.time(standard: configuration.callTimeout)
        let (kind, codec) = try wire()
        let id = makeCallID()
        let bytes = try encoded(method) { buffer in try encode(codec, id, .timeout(time), &buffer) }
        return try await call(ClientCall(id: id, kind: kind, bytes: bytes, timeout: time, isIdempotent: idempotent))
    }

    /// Calls one of the protocol's methods for channels and rooms; running them twice does no harm.
    /// - Parameter interest: what the call asks for. A request to end something counts even if the task is cancelled.
    /// - Throws: ``RPCError`` when the server answers with an error; else as for any call.
    @discardableResult
    func call(
        framework method: String, _ arguments: [Value], _ interest: ClientInterests.Request? = nil
    ) async throws -> RPCResponse {
        let time = try CallTimeout.standard.time(standard: configuration.callTimeout)
        let (kind, codec) = try wire()
        let id = makeCallID()
        let bytes = try encoded(method) { buffer in
            try codec.writeRequest(
                callID: id, method: method, values: arguments, extensions: .timeout(time), into: &buffer)
        }
        let call = ClientCall(
            id: id, kind: kind, bytes: bytes, timeout: time, isIdempotent: true, interest: interest)
        let response = try await self.call(call)
        try response.check()
        return response
    }

    private func call(_ call: ClientCall) async throws -> RPCResponse {
        var call = call
        call.way = .ofTask
        let ready = call
        let reply: PendingCalls.Reply = await loop.wait { [session] continuation in
            session.value.call(ready) { continuation.resume(returning: $0) }
        } cancelledBefore: { [session] in
            session.value.declareCancelled(ready)
        } cancel: { [session] in
            session.value.cancel(ready.id)
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
        return buffer.array
    }
}
