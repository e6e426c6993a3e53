/// Whether a call passes its rate limits.
package enum RateVerdict: Sendable, Hashable {
    case admitted
    /// The same call would pass after `retryAfter`, whole milliseconds, if no other came before it. `disconnects` says
    /// that a limit which refuses wants the connection closed.
    case refused(retryAfter: Duration, disconnects: Bool)
}

/// What the limits that refuse one call say together.
struct RateRefusal {
    private var longestWait: Duration?
    private var disconnects = false

    var isNone: Bool { longestWait == nil }

    /// Counts what one limit says; `wait` is nil where it lets the call pass.
    mutating func add(_ wait: Duration?, of limit: PlannedLimit) {
        guard let wait else { return }
        limit.countExcess()
        guard !limit.limit.isDryRun else { return }
        longestWait = max(longestWait ?? .zero, wait)
        disconnects = disconnects || limit.limit.onExceeded == .disconnect
    }

    var verdict: RateVerdict {
        guard let longestWait else { return .admitted }
        return .refused(retryAfter: longestWait.roundedUpToMilliseconds, disconnects: disconnects)
    }
}
