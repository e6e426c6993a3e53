/// What the signals that end a server ask for, one after another.
package struct HeededSignals {
    package enum Demand: Sendable, Equatable {
        /// It is the same signal again, as when both a terminal and a shell pass it on.
        case nothing
        /// To end gracefully, whoever else may have asked for that already.
        case stop
        /// To end now.
        case cutOff
    }

    /// A signal that comes sooner than this after one that was heeded is the same.
    private static let sameSignal = Duration.seconds(1)

    private var lastHeeded: ContinuousClock.Instant?

    package init() {}

    package mutating func received(at now: ContinuousClock.Instant) -> Demand {
        if let lastHeeded, now - lastHeeded < Self.sameSignal { return .nothing }
        defer { lastHeeded = now }
        return lastHeeded == nil ? .stop : .cutOff
    }
}
