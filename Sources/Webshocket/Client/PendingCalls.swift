import EventLoops

/// The calls of one client that wait for their replies; each leaves exactly once.
struct PendingCalls {
    /// The response; or a ``ClientError``, or a `CancellationError`.
    typealias Reply = Result<RPCResponse, any Error>

    /// One call that waits.
    struct Waiter {
        let request: OutgoingMessage
        /// How long it waits; nil for as long as the client tries to be connected.
        let timeout: Duration?
        let timer: TimerToken?
        /// What the call asks for of channels and rooms, if it does.
        let interest: ClientInterests.Request?
        let answered: (Reply) -> Void
    }

    private var waiters: [ExactText: Waiter] = [:]

    var isEmpty: Bool { waiters.isEmpty }

    subscript(id: String) -> Waiter? { waiters[ExactText(id)] }

    mutating func add(_ waiter: Waiter, id: String) {
        waiters[ExactText(id)] = waiter
    }

    /// Takes the call out; nil when it was answered, timed out or cancelled before.
    mutating func remove(_ id: String) -> Waiter? {
        waiters.removeValue(forKey: ExactText(id))
    }

    /// Those whose requests were written, by their ids: they wait for the connection that there is.
    var sent: [(id: String, call: Waiter)] {
        waiters.compactMap { id, call in call.request.isWaiting ? nil : (id.text, call) }
    }

    var ids: [String] { waiters.keys.map(\.text) }
}
