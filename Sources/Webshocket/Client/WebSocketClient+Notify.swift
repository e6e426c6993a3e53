extension WebSocketClient {
    /// Calls a method without waiting for it: nobody learns whether it ran, nor what it returned or threw.
    ///
    ///     try await client.notify("typing", "room 7")
    ///
    /// Returns when the call is in the outbox; while the server reads nothing and the outbox is full, or there is no
    /// connection yet, it waits. A server that knows no calls without a reply answers it, and the answer is dropped.
    /// See Protocol.md, "Calls without a reply".
    /// - Parameters:
    ///   - method: the method's name.
    ///   - arguments: the arguments by position, anything encodable.
    ///   - named: the arguments by name, anything encodable.
    ///   - timeToLive: how long it may wait for a connection; nil for what ``ClientConfiguration/offlineQueue`` says.
    /// - Throws: ``ClientError``: not connected, too much waits or too long, or the arguments cannot travel;
    ///   `CancellationError` when the task is cancelled while it waits. What threw was not sent.
    public func notify<each Argument: Encodable & Sendable>(
        _ method: String, _ arguments: repeat each Argument, named: [String: any Encodable & Sendable] = [:],
        timeToLive: Duration? = nil
    ) async throws {
        let (kind, codec) = try wire()
        // An answer to no call of this client's is dropped: the id is one that no call has.
        let id = makeCallID()
        let bytes = try encoded(method) { buffer in
            try codec.writeRequest(
                callID: id, method: method, arguments: repeat each arguments,
                named: named.mapValues { try Value(encoding: $0) }, extensions: .notification, into: &buffer)
        }
        try await send(kind, bytes, timeToLive)
    }

    /// Calls a method without waiting for it, with arguments that are learnt at run time.
    /// - Throws: ``ClientError``: not connected, or the arguments cannot travel; `CancellationError` when the task is
    ///   cancelled while it waits. What threw was not sent.
    public func notify(
        _ method: String, arguments: [Value], named: [String: Value] = [:], timeToLive: Duration? = nil
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
