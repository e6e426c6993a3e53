/// The work that other threads queue for a loop.
struct Inbox {
    enum Phase {
        /// The loop polls. Queued work wakes it.
        case running
        /// The loop closes its own handles. Queued work waits until the thread ends.
        case closing
        /// The thread has ended. Queued work starts a stand-in, unless one runs.
        case ended
    }

    enum Wake { case wake, startStandIn, nothing }

    var phase = Phase.running
    var work: [Work] = []
    var isWoken = false
    var hasStandIn = false
    var mustEnd = false
    /// The callers that wait until the loop has ended.
    var waiters: [CheckedContinuation<Void, Never>] = []

    mutating func leave(_ item: Work) -> Wake {
        work.append(item)
        return wake()
    }

    mutating func wake() -> Wake {
        switch phase {
        case .running:
            defer { isWoken = true }
            return isWoken ? .nothing : .wake
        case .closing:
            return .nothing
        case .ended:
            guard !work.isEmpty, !hasStandIn else { return .nothing }
            hasStandIn = true
            return .startStandIn
        }
    }

    mutating func takeAll() -> [Work] {
        isWoken = false
        return work.takeAll()
    }
}

extension Array {
    /// Empties the array and returns its elements.
    mutating func takeAll() -> [Element] {
        var taken: [Element] = []
        swap(&taken, &self)
        return taken
    }
}
