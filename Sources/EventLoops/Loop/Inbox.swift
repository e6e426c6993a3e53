/// What other threads leave for a loop.
struct Inbox {
    enum Phase {
        /// The thread polls: leave work and wake it.
        case running
        /// The thread closes its own handles: leave work, the thread's last act sees to it.
        case closing
        /// The thread is gone: leave work and start a stand-in, unless one runs.
        case ended
    }

    enum Wake { case wake, startStandIn, nothing }

    var phase = Phase.running
    var work: [Work] = []
    var isWoken = false
    var hasStandIn = false
    var mustEnd = false
    /// Who waits for the end.
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
    /// Empties the array and returns what was in it.
    mutating func takeAll() -> [Element] {
        var taken: [Element] = []
        swap(&taken, &self)
        return taken
    }
}
