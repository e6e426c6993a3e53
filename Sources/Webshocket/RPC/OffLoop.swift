/// Runs a function on the global concurrent executor, and returns to the caller's.
/// - Throws: what the function throws; `CancellationError` if the task is cancelled before the function runs.
nonisolated(nonsending) func offLoop<Result: Sendable>(
    _ body: nonisolated(nonsending) @escaping @Sendable () async throws -> Result
) async throws -> Result {
    try await withTaskExecutorPreference(globalConcurrentExecutor) {
        try Task.checkCancellation()
        return try await body()
    }
}

extension RPCMethod {
    /// Runs the method on Swift's global concurrent executor instead of the event loop of the caller's connection.
    ///
    ///     RPCMethod("digest", digest).offLoop()
    ///
    /// For functions that compute for long or block their thread. The other connections of the loop, and the other calls
    /// of this connection, go on meanwhile. Guards, rate limits and arguments are checked on the loop before; the reply
    /// is encoded and sent on the loop after. Deadlines and cancellation work as for any asynchronous method: a call
    /// that is cancelled while it waits for a thread does not run. Calls run concurrently and may end in any order
    /// (Protocol.md, "Order").
    ///
    /// Of a method that streams, the function and its sequence run there; each element is sent on the loop.
    ///
    /// The executor has one thread for each core. Functions that wait for something other than the CPU for long should
    /// be asynchronous. The round trip costs about 10 µs.
    public func offLoop() -> RPCMethod {
        var method = self
        method.isOffLoop = true
        return method
    }
}

extension RPCMethods {
    /// Runs each of the methods off the event loop, as ``RPCMethod/offLoop()`` does one.
    public func offLoop() -> RPCMethods {
        RPCMethods(methods.map { $0.offLoop() })
    }
}

extension Page {
    /// Makes the page's answer on Swift's global concurrent executor instead of the connection's event loop; for closures
    /// that compute for long or block their thread.
    public func offLoop() -> Page {
        guard case .closure(let body, let label) = source else { return self }
        return Page(path, .closure({ request in try await Webshocket.offLoop { try await body(request) } }, label))
    }
}

extension MessageHandler {
    /// Runs the handler on Swift's global concurrent executor instead of the connection's event loop; for handlers that
    /// compute for long or block their thread.
    ///
    /// The order stays: the connection's next message is read when the handler has returned.
    public func offLoop() -> MessageHandler {
        switch kind {
        case .event(let name, let body): MessageHandler(.event(name, body.offLoop()))
        case .text(let run): MessageHandler(.text { run($0).offLoop() })
        case .binary(let run): MessageHandler(.binary { run($0).offLoop() })
        case .json(let body): MessageHandler(.json(body.offLoop()))
        }
    }
}

extension HandlerBody.Run {
    fileprivate func offLoop() -> HandlerBody.Run {
        switch self {
        case .now(let body): .later { connection in try await Webshocket.offLoop { try body(connection) } }
        case .later(let body): .later { connection in try await Webshocket.offLoop { try await body(connection) } }
        }
    }
}

extension HandlerBody {
    fileprivate func offLoop() -> HandlerBody { mapping { $0.offLoop() } }
}
