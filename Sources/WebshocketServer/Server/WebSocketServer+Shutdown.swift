import EventLoops

extension WebSocketServer {
    /// Serves as the main job of a program: until SIGINT or SIGTERM arrives, ``stop(within:advice:)`` is called, or the
    /// task is cancelled. Then it shuts down gracefully.
    ///
    ///     try await server.serve()
    ///
    /// Starts the server if it has not started. The signals are those of ``ServerConfiguration/shutdownSignals``. A
    /// second signal, at least a second after the first, cancels the calls that still run; a third has its usual
    /// effect.
    /// - Parameter isReady: Called when peers can connect and signals are handled.
    /// - Throws: ``ServerError`` if the server cannot start, or has stopped before.
    public func serve(isReady: @Sendable () -> Void = {}) async throws(ServerError) {
        let signals = try await watchSignals()
        try await startUnlessRunning()
        isReady()
        async let forwarding: Void = forward(signals)
        await stopWhenRequested()
        await signals?.close()
        await forwarding
    }

    /// Serves as a part of a program that handles signals itself: until the task is cancelled or
    /// ``stop(within:advice:)`` is called. Then it shuts down gracefully.
    ///
    /// Starts the server if it has not started. It has the shape of the `run()` of a service in ServiceLifecycle, and
    /// does not touch the signals of the process.
    /// - Throws: ``ServerError`` if the server cannot start, or has stopped before.
    public func run() async throws(ServerError) {
        try await startUnlessRunning()
        await stopWhenRequested()
    }

    private func startUnlessRunning() async throws(ServerError) {
        switch state.withLock({ $0 }) {
        case .running: break
        case .idle, .starting, .stopping, .stopped: try await start()
        }
    }

    private func stopWhenRequested() async {
        await withTaskCancellationHandler {
            await stopRequested.wait()
        } onCancel: {
            stopRequested.open()
        }
        await stop()
    }

    /// Shuts the server down, and returns when all connections have ended. A no-op if it has already stopped. Further
    /// callers wait until the shutdown in progress has completed.
    ///
    /// The server stops accepting connections and answers requests that still arrive with 503. It closes each
    /// connection with 1001 when its calls in flight and its running handlers have ended. Connections are closed in
    /// batches: at least 100 per event loop, or as many as are needed to finish in half of the grace period. Meanwhile
    /// new calls are refused with ``RPCErrorCode/shuttingDown``, which also ends streams. Each client is advised when
    /// to reconnect (Protocol.md, "Reconnection").
    ///
    /// Code that the server runs, such as a method, a handler or a page, may also call this method, even from a task or
    /// an actor. In that case it returns when the shutdown has begun, because the server waits for that code. A method
    /// that stops its server is answered before the connection is closed. To wait for the end of the shutdown, call
    /// this method in `Task.detached`.
    /// - Parameters:
    ///   - grace: The time for calls to finish before they are cancelled; nil for ``ServerTimeouts/shutdown``.
    ///   - advice: The reconnection advice for clients; nil for ``ServerConfiguration/shutdownAdvice``. A window is
    ///     clamped to its valid range.
    public func stop(within grace: Duration? = nil, advice: ShutdownAdvice? = nil) async {
        let running: Running? = state.withLock { state in
            // Opens the gate under the same lock as the state change: `run()` reacts to it by stopping with the
            // defaults, and `start()` checks it last.
            defer { stopRequested.open() }
            switch state {
            case .running(let running):
                state = .stopping(running)
                return running
            case .idle, .starting, .stopping, .stopped: return nil
            }
        }
        guard let running else {
            // The server will not run any more. Only a shutdown in progress must be awaited.
            acceptor?.close()
            if case .stopping(let running) = state.withLock({ $0 }), !running.runsCaller { await stopped.wait() }
            return
        }
        let isCalledByItself = running.runsCaller
        let grace = max(grace ?? configuration.timeouts.shutdown, .zero)
        await beginShutdown(running, within: grace, (advice ?? configuration.shutdownAdvice).clamped)
        if isCalledByItself {
            // Retains the server until it has stopped.
            ending.withLock { $0 = Task { await endShutdown(running, within: grace) } }
        } else {
            await endShutdown(running, within: grace)
        }
    }

    /// Stops accepting connections, and starts draining on each loop.
    private func beginShutdown(_ running: Running, within grace: Duration, _ advice: ShutdownAdvice) async {
        await running.listener.close()
        for serverLoop in running.loops {
            await withCheckedContinuation { begun in
                serverLoop.loop.execute {
                    serverLoop.value.beginGracefulShutdown(within: grace, advice: advice)
                    begun.resume()
                }
            }
        }
    }

    /// Waits for the connections to end, then stops the loops.
    private func endShutdown(_ running: Running, within grace: Duration) async {
        // A handler's `onDisconnect` may take time too, but not without limit.
        let patience = grace + configuration.timeouts.close + .seconds(1)
        for serverLoop in running.loops {
            serverLoop.loop.execute { serverLoop.value.abandon(after: patience) }
        }
        await running.context.counter.waitUntilEmpty()
        await running.group.shutdown()
        running.watch?.stop()
        acceptor?.close()
        state.withLock { $0 = .stopped }
        ending.withLock { $0 = nil }
        stopped.open()
    }

    /// Completes a shutdown in progress immediately: cancels calls and handlers, and drops connections.
    private func cutOff() {
        guard case .stopping(let running) = state.withLock({ $0 }) else { return }
        configuration.log(.warning, "cancelling all calls and handlers that are still running")
        for serverLoop in running.loops {
            serverLoop.loop.execute { serverLoop.value.cutOff() }
        }
    }

    private func watchSignals() async throws(ServerError) -> SignalSource? {
        let numbers = configuration.shutdownSignals.map(\.rawValue)
        guard !numbers.isEmpty else { return nil }
        do throws(SocketError) {
            return try await SignalSource.open(numbers)
        } catch {
            guard !error.isShortage else {
                throw ServerError(code: .outOfResources, message: "cannot watch for signals: \(error)")
            }
            configuration.log(.warning, "cannot watch for signals: \(error)")
            return nil
        }
    }

    /// Requests a graceful shutdown at the first signal and an immediate one at the second. Returns when the source is
    /// closed.
    private func forward(_ signals: SignalSource?) async {
        guard let signals else { return }
        var escalation = SignalEscalation()
        for await _ in signals.signals {
            switch escalation.received(at: configuration.clock.now) {
            case .nothing: break
            case .stop: stopRequested.open()
            case .cutOff:
                cutOff()
                await signals.close()
            }
        }
    }
}
