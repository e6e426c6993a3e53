/// Translates termination signals, in the order received, into shutdown requests.
package struct SignalEscalation {
    package enum Demand: Sendable, Equatable {
        /// A duplicate of the previous signal, for example because both the terminal and the shell forward it.
        case nothing
        /// Shut down gracefully. Requested even if a shutdown is already in progress.
        case stop
        /// Shut down immediately.
        case cutOff
    }

    /// The time after an accepted signal during which another one counts as a duplicate.
    private static let sameSignal = Duration.seconds(1)

    private var lastSignal: ContinuousClock.Instant?

    package init() {}

    package mutating func received(at now: ContinuousClock.Instant) -> Demand {
        if let lastSignal, now - lastSignal < Self.sameSignal { return .nothing }
        defer { lastSignal = now }
        return lastSignal == nil ? .stop : .cutOff
    }
}
