import EventLoops

/// What all parties of a soak write down, and what they must not.
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
        /// Methods that run.
        package var running = 0
        /// How often each call that must not run twice has run.
        var executions: [String: Int] = [:]
        /// Calls and streams that have not ended, and since when.
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

    /// Called by the method itself.
    package func executed(_ id: String) {
        let count = state.withLock { state in
            state.executions[id, default: 0] += 1
            return state.executions[id, default: 0]
        }
        if count > 1 { violation("the call \(id), which must not run twice, has run \(count) times") }
    }

    package func begin() -> UInt64 {
        state.withLock { state in
            state.lastID += 1
            state.inFlight[state.lastID] = .now
            return state.lastID
        }
    }

    /// - Parameter limit: how long it may have taken.
    package func end(_ id: UInt64, within limit: Duration, _ what: @autoclosure () -> String) {
        let time = state.withLock { state in
            let time = state.inFlight.removeValue(forKey: id).map { $0.duration(to: .now) } ?? .zero
            state.longestCall = max(state.longestCall, time)
            return time
        }
        if time > limit { violation("\(what()) ended after \(time) only, of at most \(limit)") }
    }

    /// What has begun and not ended.
    package var hanging: Int { state.withLock { $0.inFlight.count } }
}
