import EventLoops

/// The handler of a server that was created without handlers. It queues connections for `accept()`, and their packets
/// for `receive()`.
final class AcceptingHandler: WebSocketHandler {
    private typealias Acceptance = CheckedContinuation<Result<Connection, any Error>, Never>

    private struct State {
        var connections: [Connection] = []
        var acceptors: [(id: UInt64, acceptance: Acceptance)] = []
        var lastID: UInt64 = 0
        var isClosed = false
    }

    /// The number of connections that may wait for `accept()`; further connections are rejected.
    private static let backlog = 1_024

    private let state = Locked(State())
    /// Admits every client; the caller of `accept()` decides which connections to serve.
    let access = Access.everyone

    nonisolated(nonsending) func onConnect(_ connection: Connection) async throws {
        let (isWelcome, acceptor): (Bool, Acceptance?) = state.withLock { state in
            guard state.acceptors.isEmpty else { return (true, state.acceptors.removeFirst().acceptance) }
            guard state.connections.count < Self.backlog else { return (false, nil) }
            state.connections.append(connection)
            return (true, nil)
        }
        guard isWelcome else { throw ConnectionClosure(.tryAgainLater, reason: "Too many pending connections") }
        acceptor?.resume(returning: .success(connection))
    }

    nonisolated(nonsending) func onDisconnect(_ connection: Connection, closure: ConnectionClosure) async {
        state.withLock { $0.connections.removeAll { $0 === connection } }
        connection.endReceiving(closure)
    }

    /// Queues the packet, and returns when there is space for another. The next message waits until then.
    nonisolated(nonsending) func onReceive(_ connection: Connection, packet: Packet) async throws {
        await connection.keep(packet)
    }

    /// Waits for a connection that has not been accepted yet.
    /// - Throws: `CancellationError` if the task is cancelled, ``ServerError`` if the server has stopped.
    func accept() async throws -> Connection {
        let id = state.withLock { state in
            state.lastID += 1
            return state.lastID
        }
        return try await withTaskCancellationHandler {
            await withCheckedContinuation { acceptance in wait(acceptance, id: id) }
        } onCancel: {
            stopWaiting(id)
        }.get()
    }

    private func wait(_ acceptance: Acceptance, id: UInt64) {
        let result: Result<Connection, any Error>? = state.withLock { state in
            if Task.isCancelled { return .failure(CancellationError()) }
            if !state.connections.isEmpty { return .success(state.connections.removeFirst()) }
            if state.isClosed { return .failure(ServerError.hasStopped) }
            state.acceptors.append((id, acceptance))
            return nil
        }
        if let result { acceptance.resume(returning: result) }
    }

    /// Removes a waiting `accept()`. If it begins to wait after this, it finds that its task is cancelled.
    private func stopWaiting(_ id: UInt64) {
        let acceptance = state.withLock { state -> Acceptance? in
            guard let index = state.acceptors.firstIndex(where: { $0.id == id }) else { return nil }
            return state.acceptors.remove(at: index).acceptance
        }
        acceptance?.resume(returning: .failure(CancellationError()))
    }

    /// Ends all waiting calls of `accept()`, because the server has stopped.
    func close() {
        let acceptors = state.withLock { state in
            state.isClosed = true
            defer { state.acceptors = [] }
            return state.acceptors
        }
        for acceptor in acceptors { acceptor.acceptance.resume(returning: .failure(ServerError.hasStopped)) }
    }
}

extension ServerError {
    fileprivate static let hasStopped = ServerError(code: .alreadyStarted, message: "the server has stopped")

    static let servedByHandlers = ServerError(
        code: .invalidRoute, message: "accept() and receive() require a server without handlers and routes")
}
