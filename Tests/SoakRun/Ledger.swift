import EventLoops

/// Counts the events of a soak, and records violations of its guarantees.
package final class Ledger: Sendable {
    package struct State: Sendable {
        package var calls = 0
        package var callsFailed = 0
        package var streams = 0
        package var streamsFailed = 0
        package var elements = 0
        package var messages = 0
        package var published = 0
        package var connects = 0
        package var attempts = 0
        package var longestCall = Duration.zero
        /// The number of methods that are running.
        package var running = 0
        /// The number of executions of each non-idempotent call.
        var executions: [String: Int] = [:]
        /// The start times of calls and streams in flight.
        var inFlight: [UInt64: ContinuousClock.Instant] = [:]
        var lastID: UInt64 = 0
        package var violations: [String] = []
    }

    private static let mostViolations = 50

    private let state = Locked(State())

    package init() {}

    package var current: State { state.withLock { $0 } }

    func note(_ change: (inout State) -> Void) { state.withLock { change(&$0) } }

    package func violation(_ text: String) {
        state.withLock { state in
            if state.violations.count < Self.mostViolations { state.violations.append(text) }
        }
    }

    /// Records an execution of a non-idempotent call. The method itself calls this.
    package func executed(_ id: String) {
        let count = state.withLock { state in
            state.executions[id, default: 0] += 1
            return state.executions[id, default: 0]
        }
        if count > 1 { violation("call \(id) must run at most once (ran \(count) times)") }
    }

    /// Records the start of a call or a stream, and returns an ID for ``end(_:within:_:)``.
    package func begin() -> UInt64 {
        state.withLock { state in
            state.lastID += 1
            state.inFlight[state.lastID] = .now
            return state.lastID
        }
    }

    /// Records the end of a call or a stream.
    ///
    /// - Parameter limit: The maximum duration. Exceeding it is a violation.
    package func end(_ id: UInt64, within limit: Duration, _ what: @autoclosure () -> String) {
        let time = state.withLock { state in
            let time = state.inFlight.removeValue(forKey: id).map { $0.duration(to: .now) } ?? .zero
            state.longestCall = max(state.longestCall, time)
            return time
        }
        if time > limit { violation("\(what()) must take at most \(limit) (took \(time))") }
    }

    /// The number of calls and streams in flight.
    package var hanging: Int { state.withLock { $0.inFlight.count } }
}
