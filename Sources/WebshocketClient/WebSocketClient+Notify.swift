extension WebSocketClient {
    /// Calls a method without waiting for a response. The result, or the error, is not reported.
    ///
    ///     try await client.notify("typing", "room 7")
    ///
    /// Returns when the call is in the outbox. It waits if there is no connection yet, or if the outbox is full because
    /// the server does not read. If a server does not support calls without a response, its response is dropped. See
    /// Protocol.md, "Calls without a response".
    /// - Parameters:
    ///   - method: The name of the method.
    ///   - arguments: The positional arguments, encodable values.
    ///   - named: The named arguments, encodable values.
    ///   - timeToLive: How long the call may wait for a connection; nil for the default of
    ///     ``ClientConfiguration/offlineQueue``.
    /// - Throws: ``ClientError`` if the client is not connected, the queue is full, the time to live expires, or the
    ///   arguments cannot be encoded. `CancellationError` if the task is cancelled while the call waits. If it throws,
    ///   nothing was sent.
    public func notify<each Argument: Encodable & Sendable>(
        _ method: String, _ arguments: repeat each Argument, named: [String: any Encodable & Sendable] = [:],
        timeToLive: Duration? = nil
    ) async throws {
        let (kind, codec) = try wire()
        // A response to an ID without a pending call is dropped, so the ID is a new one.
        let id = makeCallID()
        let bytes = try encoded(method) { buffer in
            try codec.writeRequest(
                callID: id, method: method, arguments: repeat each arguments,
                named: named.mapValues { try WireValue(encoding: $0) }, extensions: .notification, into: &buffer)
        }
        try await send(kind, bytes, timeToLive)
    }

    /// Calls a method without waiting for a response, with arguments known only at run time.
    /// - Throws: ``ClientError`` if the client is not connected, the queue is full, the time to live expires, or the
    ///   arguments cannot be encoded. `CancellationError` if the task is cancelled while the call waits. If it throws,
    ///   nothing was sent.
    public func notify(
        _ method: String, arguments: [WireValue], named: [String: WireValue] = [:], timeToLive: Duration? = nil
    ) async throws {
        let (kind, codec) = try wire()
        let id = makeCallID()
        let bytes = try encoded(method) { buffer in
            try codec.writeRequest(
                callID: id, method: method, values: arguments, named: named, extensions: .notification,
                into: &buffer)
        }
        try await send(kind, bytes, timeToLive)
    }
}

extension RPCExtensions {
    fileprivate static var notification: RPCExtensions { [("notify", true)] }
}
