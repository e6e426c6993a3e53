import Bytes
import EventLoops

extension WebSocketClient {
    /// Calls a method and waits for its result.
    ///
    ///     let sum: Int = try await client.sendRPC("add", 10, 20)
    ///
    /// If the call times out or its task is cancelled, the call is aborted on the server too. If it was not sent by
    /// then, it is never sent. See Protocol.md, "Calls", "Deadlines" and "Cancellation".
    /// - Parameters:
    ///   - method: The name of the method.
    ///   - arguments: The positional arguments, encodable values.
    ///   - named: The named arguments, encodable values.
    ///   - timeout: How long to wait, including the time for a connection and for sending; positive. The server
    ///     receives it.
    ///   - idempotent: Whether the method may run twice without harm. If so, the call survives the loss of its
    ///     connection: it is sent again after the reconnect, before later calls.
    /// - Returns: The result, decoded as the type that the context requires.
    /// - Throws: ``RPCError`` if the server responds with an error. ``ClientError`` if no response arrives, or the
    ///   result has another type. `CancellationError` if the task is cancelled. The method may have run in spite of an
    ///   error; ``ClientError/delivery`` tells whether calling again is safe.
    public func sendRPC<each Argument: Encodable & Sendable, Reply: Decodable & Sendable>(
        _ method: String, _ arguments: repeat each Argument, named: [String: any Encodable & Sendable] = [:],
        timeout: CallTimeout = .default, idempotent: Bool = false
    ) async throws -> Reply {
        try await response(to: method, repeat each arguments, named: named, timeout: timeout, idempotent: idempotent)
            .result()
    }

    /// Calls a method whose result is not needed, or is read from the response.
    ///
    ///     try await client.sendRPC("login", "ann", "sesame")
    ///
    /// - Parameters:
    ///   - method: The method's name.
    ///   - arguments: The arguments by position; any encodable values.
    ///   - named: The arguments by name; any encodable values.
    ///   - timeout: How long to wait for the response, including the time without a connection; positive. The server is
    ///     told.
    ///   - idempotent: Whether the method may run twice without harm. If so, the call survives the loss of its
    ///     connection: the client sends it again on the next one.
    /// - Returns: The response, which has a result.
    /// - Throws: ``RPCError`` if the server answers with an error; ``ClientError`` if no response arrives in time;
    ///   `CancellationError` if the task is cancelled.
    @discardableResult
    public func sendRPC<each Argument: Encodable & Sendable>(
        _ method: String, _ arguments: repeat each Argument, named: [String: any Encodable & Sendable] = [:],
        timeout: CallTimeout = .default, idempotent: Bool = false
    ) async throws -> RPCResponse {
        let response = try await response(
            to: method, repeat each arguments, named: named, timeout: timeout, idempotent: idempotent)
        try response.check()
        return response
    }

    /// Calls a method with arguments that are known only at run time.
    /// - Parameters:
    ///   - method: The method's name.
    ///   - arguments: The arguments by position.
    ///   - named: The arguments by name.
    ///   - timeout: How long to wait for the response, including the time without a connection; positive.
    ///   - idempotent: Whether the method may run twice without harm.
    /// - Returns: The response, which has a result.
    /// - Throws: ``RPCError`` if the server answers with an error; ``ClientError`` if no response arrives in time;
    ///   `CancellationError` if the task is cancelled.
    @discardableResult
    public func sendRPC(
        _ method: String, arguments: [WireValue], named: [String: WireValue] = [:], timeout: CallTimeout = .default,
        idempotent: Bool = false
    ) async throws -> RPCResponse {
        let response = try await response(
            to: method, arguments: arguments, named: named, timeout: timeout, idempotent: idempotent)
        try response.check()
        return response
    }

    /// Calls a method and returns its whole response, whether it has a result or an error.
    ///
    ///     let response = try await client.response(to: "add", 10, 20)
    ///     print(response.error ?? response.data)
    ///
    /// - Parameters:
    ///   - method: The method's name.
    ///   - arguments: The arguments by position; any encodable values.
    ///   - named: The arguments by name; any encodable values.
    ///   - timeout: How long to wait for the response, including the time without a connection; positive.
    ///   - idempotent: Whether the method may run twice without harm.
    /// - Returns: The response. An error is returned, not thrown.
    /// - Throws: ``ClientError`` if no response arrives in time; `CancellationError` if the task is cancelled.
    public func response<each Argument: Encodable & Sendable>(
        to method: String, _ arguments: repeat each Argument, named: [String: any Encodable & Sendable] = [:],
        timeout: CallTimeout = .default, idempotent: Bool = false
    ) async throws -> RPCResponse {
        try await call(method, timeout, idempotent) { codec, id, extensions, buffer in
            try codec.writeRequest(
                callID: id, method: method, arguments: repeat each arguments,
                named: named.mapValues { try WireValue(encoding: $0) }, extensions: extensions, into: &buffer)
        }
    }

    /// Calls a method with arguments that are known only at run time, and returns its whole response.
    /// - Parameters:
    ///   - method: The method's name.
    ///   - arguments: The arguments by position.
    ///   - named: The arguments by name.
    ///   - timeout: How long to wait for the response, including the time without a connection; positive.
    ///   - idempotent: Whether the method may run twice without harm.
    /// - Returns: The response. An error is returned, not thrown.
    /// - Throws: ``ClientError`` if no response arrives in time; `CancellationError` if the task is cancelled.
    public func response(
        to method: String, arguments: [WireValue], named: [String: WireValue] = [:], timeout: CallTimeout = .default,
        idempotent: Bool = false
    ) async throws -> RPCResponse {
        try await call(method, timeout, idempotent) { codec, id, extensions, buffer in
            try codec.writeRequest(
                callID: id, method: method, values: arguments, named: named, extensions: extensions, into: &buffer)
        }
    }

    private func call(
        _ method: String, _ timeout: CallTimeout, _ idempotent: Bool,
        _ encode: (PacketCodec, String, RPCExtensions, inout ByteBuffer) throws -> Void
    ) async throws -> RPCResponse {
        let time = try timeout.time(default: configuration.callTimeout)
        let (kind, codec) = try wire()
        let id = makeCallID()
        let bytes = try encoded(method) { buffer in try encode(codec, id, .timeout(time), &buffer) }
        return try await call(ClientCall(id: id, kind: kind, bytes: bytes, timeout: time, isIdempotent: idempotent))
    }

    /// Calls one of the protocol's methods for channels and rooms. These methods are idempotent.
    /// - Parameter interest: The channels or rooms that the call requests. A request to end something takes effect even
    ///   if the task is cancelled.
    /// - Throws: ``RPCError`` if the server responds with an error. ``ClientError`` if no response arrives in time.
    ///   `CancellationError` if the task is cancelled.
    @discardableResult
    func call(
        framework method: String, _ arguments: [WireValue], _ interest: ClientInterests.Request? = nil
    ) async throws -> RPCResponse {
        let time = try CallTimeout.default.time(default: configuration.callTimeout)
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
            throw ClientError(.cannotEncode, "cannot encode the arguments of '\(method)': \(error)")
        }
        return buffer.array
    }
}
