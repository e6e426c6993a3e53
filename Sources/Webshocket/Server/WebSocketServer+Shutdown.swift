import EventLoops

extension WebSocketServer {
    /// Starts the server if it has not started, and serves until the task is cancelled, ``stop(within:comingBack:)`` is
    /// called, or one of ``ServerConfiguration/shutdownSignals`` arrives; then it shuts down gracefully.
    ///
    /// A second signal, a second or more after the first, cuts off what still runs; a third has the signal's usual
    /// effect.
    /// - Parameter isReady: called when peers can connect, and a signal would be heeded.
    /// - Throws: ``StartupError`` when it cannot start, or has stopped before.
    public func run(isReady: @Sendable () -> Void = {}) async throws {
        let signals = try await watchSignals()
        switch state.withLock({ $0 }) {
        case .running: break
        case .idle, .starting, .stopping, .stopped: try await start()
        }
        isReady()
        async let forwarding: Void = forward(signals)
        await withTaskCancellationHandler {
            await stopRequested.wait()
        } onCancel: {
            stopRequested.open()
        }
        await stop()
        await signals?.close()
        await forwarding
    }

    /// Shuts the server down, and returns when all connections have ended. Harmless when it has stopped; a second
    /// caller waits for the first.
    ///
    /// The server accepts no further connections, and answers requests that still arrive with 503. Then it closes the
    /// connections with 1001, each when its calls in flight and its running handlers have ended, and not all at once:
    /// 100 of a loop at a time, or as many more as it takes to be done in half of the grace. Meanwhile new calls are
    /// refused with ``RPCErrorCode/shuttingDown``, which also ends streams. Each client is told when to come back
    /// (Protocol.md, "Reconnection").
    ///
    /// Code that the server itself runs, such as a method, a handler or a page, may call this too, also in a task that it
    /// makes or in an actor. Then it returns as soon as the shutdown has begun, since the server waits for that code: a
    /// method that stops its server is answered before the connection is closed. To wait for the end, use
    /// `Task.detached`.
    /// - Parameters:
    ///   - grace: how long calls may take to finish before they are cut off; nil for ``Timeouts/shutdown``.
    ///   - comingBack: what clients are told; nil for ``ServerConfiguration/comingBack``. A window is cut to what it
    ///     may be.
    public func stop(within grace: Duration? = nil, comingBack: ComingBack? = nil) async {
        let running: Running? = state.withLock { state in
            // As one with the change of state: `run()` stops it too, with the defaults, and `start()` asks for it last.
            defer { stopRequested.open() }
            switch state {
            case .running(let running):
                state = .stopping(running)
                return running
            case .idle, .starting, .stopping, .stopped: return nil
            }
        }
        guard let running else {
            // A server that does not run, and never will, has nothing to wait for.
            acceptor?.close()
            if case .stopping(let running) = state.withLock({ $0 }), !running.runsCaller { await stopped.wait() }
            return
        }
        let isCalledByItself = running.runsCaller
        let grace = max(grace ?? configuration.timeouts.shutdown, .zero)
        await beginShutdown(running, within: grace, (comingBack ?? configuration.comingBack).clamped)
        if isCalledByItself {
            // Keeps the server until it has stopped.
            ending.withLock { $0 = Task { await endShutdown(running, within: grace) } }
        } else {
            await endShutdown(running, within: grace)
        }
    }

    /// Accepts no further connections, and has each loop begin to drain.
    private func beginShutdown(_ running: Running, within grace: Duration, _ comingBack: ComingBack) async {
        await running.listener.close()
        for serverLoop in running.loops {
            await withCheckedContinuation { begun in
                serverLoop.loop.execute {
                    serverLoop.value.beginGracefulShutdown(within: grace, comingBack: comingBack)
                    begun.resume()
                }
            }
        }
    }

    /// Waits for the connections to end, and ends the loops.
    private func endShutdown(_ running: Running, within grace: Duration) async {
        // A handler's onDisconnect may take its time too, but not for ever.
        let patience = grace + configuration.timeouts.close + .seconds(1)
        for serverLoop in running.loops {
            serverLoop.loop.execute { serverLoop.value.abandon(after: patience) }
        }
        await running.context.census.waitUntilEmpty()
        await running.group.shutdown()
        running.watch?.stop()
        acceptor?.close()
        state.withLock { $0 = .stopped }
        ending.withLock { $0 = nil }
        stopped.open()
    }

    /// Ends a shutdown that is under way now: calls in flight and handlers are cancelled, connections dropped.
    private func cutOff() {
        guard case .stopping(let running) = state.withLock({ $0 }) else { return }
        configuration.log(.warning, "cutting off what still runs")
        for serverLoop in running.loops {
            serverLoop.loop.execute { serverLoop.value.cutOff() }
        }
    }

    private func watchSignals() async throws(StartupError) -> SignalSource? {
        let numbers = configuration.shutdownSignals.map(\.rawValue)
        guard !numbers.isEmpty else { return nil }
        do throws(SocketError) {
            return try await SignalSource.open(numbers)
        } catch {
            guard !error.isShortage else {
                throw StartupError(code: .outOfResources, message: "cannot watch for signals: \(error)")
            }
            configuration.log(.warning, "cannot watch for signals: \(error)")
            return nil
        }
    }

    /// Asks to stop at the first signal, and to be quick at the second; returns when the source is closed.
    private func forward(_ signals: SignalSource?) async {
        guard let signals else { return }
        var heeded = HeededSignals()
        for await _ in signals.signals {
            switch heeded.received(at: .now) {
            case .nothing: break
            case .stop: stopRequested.open()
            case .cutOff:
                cutOff()
                await signals.close()
            }
        }
    }
}
