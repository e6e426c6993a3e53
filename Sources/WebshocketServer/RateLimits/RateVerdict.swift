/// The result of checking a call against its rate limits.
package enum RateVerdict: Sendable, Hashable {
    case admitted
    /// The call exceeds a limit. It would pass after `retryAfter`, in whole milliseconds, if no other call is made
    /// until then. `disconnects` is true if an exceeded limit closes the connection.
    case refused(retryAfter: Duration, disconnects: Bool)
}

/// The combined result of the limits that refuse a call.
struct RateRefusal {
    private var longestWait: Duration?
    private var disconnects = false

    var isNone: Bool { longestWait == nil }

    /// Adds the result of one limit.
    /// - Parameters:
    ///   - wait: The time until the limit admits the call; nil if it admits it now.
    ///   - limit: The limit that was checked.
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
