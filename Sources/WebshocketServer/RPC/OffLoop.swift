/// Runs a function on the global concurrent executor, then returns to the caller's executor.
/// - Throws: The function's error; `CancellationError` if the task is cancelled before the function runs.
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
    /// Use it for functions that compute for a long time or block their thread. Meanwhile the loop serves its other
    /// connections and the other calls of this connection. Guards, rate limits and arguments are checked on the loop
    /// before the function runs. The response is encoded and sent on the loop afterwards. Deadlines and cancellation
    /// work as for any asynchronous method: a call that is cancelled while it waits for a thread does not run. Calls
    /// run concurrently and may end in any order (Protocol.md, "Order").
    ///
    /// If the method streams, the function and its sequence run on the executor. Each element is sent on the loop.
    ///
    /// The executor has one thread per core. Functions that wait a long time for something other than the CPU should be
    /// asynchronous instead. The round trip to the executor and back costs about 10 µs.
    public func offLoop() -> RPCMethod {
        var method = self
        method.isOffLoop = true
        return method
    }
}

extension RPCMethods {
    /// Runs each of the methods on Swift's global concurrent executor instead of the event loop of the caller's
    /// connection; see ``RPCMethod/offLoop()``.
    public func offLoop() -> RPCMethods {
        RPCMethods(methods.map { $0.offLoop() })
    }
}

extension HTTPRoute {
    /// Runs the page's closure on Swift's global concurrent executor instead of the connection's event loop.
    ///
    /// Use it for closures that compute for a long time or block their thread.
    public func offLoop() -> HTTPRoute {
        guard case .closure(let body, let label) = source else { return self }
        return HTTPRoute(
            path, .closure({ request in try await WebshocketServer.offLoop { try await body(request) } }, label))
    }
}

extension MessageHandler {
    /// Runs the handler on Swift's global concurrent executor instead of the connection's event loop.
    ///
    /// Use it for handlers that compute for a long time or block their thread. Messages are still handled in order: the
    /// connection's next message is handled after the handler has returned.
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
        case .now(let body): .later { connection in try await WebshocketServer.offLoop { try body(connection) } }
        case .later(let body):
            .later { connection in try await WebshocketServer.offLoop { try await body(connection) } }
        }
    }
}

extension HandlerBody {
    fileprivate func offLoop() -> HandlerBody { mapping { $0.offLoop() } }
}
