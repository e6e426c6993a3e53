import EventLoops

/// The calls of a client that wait for a response. Each is removed exactly once.
struct PendingCalls {
    /// The response, a ``ClientError`` or a `CancellationError`.
    typealias Reply = Result<RPCResponse, any Error>

    /// A pending call.
    struct Waiter {
        let request: OutgoingMessage
        /// The timeout; nil for no timeout.
        let timeout: Duration?
        let timer: TimerToken?
        /// The channels or rooms that the call requests, if any.
        let interest: ClientInterests.Request?
        let answered: (Reply) -> Void
    }

    private var waiters: [ExactText: Waiter] = [:]

    var isEmpty: Bool { waiters.isEmpty }

    subscript(id: String) -> Waiter? { waiters[ExactText(id)] }

    mutating func add(_ waiter: Waiter, id: String) {
        waiters[ExactText(id)] = waiter
    }

    /// Removes a call.
    /// - Returns: The call, or nil if it was already answered, timed out or cancelled.
    mutating func remove(_ id: String) -> Waiter? {
        waiters.removeValue(forKey: ExactText(id))
    }

    /// The calls whose requests were written to the current connection, with their IDs.
    var sent: [(id: String, call: Waiter)] {
        waiters.compactMap { id, call in call.request.isWaiting ? nil : (id.text, call) }
    }

    var ids: [String] { waiters.keys.map(\.text) }
}
