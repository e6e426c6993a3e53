/// How often, and after which pauses, a client tries to connect.
///
/// The pause before each try is a random part of a time that doubles from one failure to the next ("full jitter").
/// This keeps the clients of a failed server from reconnecting all at once. Advice from the server can make the pause
/// longer, up to a week, but never shorter. It comes as `Retry-After` in an HTTP answer, as `retry_after` in an error,
/// or in a close frame (Protocol.md, "Reconnection").
public struct RetryPolicy: Sendable, Hashable {
    /// How many tries there are in a row; nil for no end. A connection that was healthy ends the row.
    public var attempts: Int?
    /// The longest pause before the first try after a failure; positive.
    public var base: Duration
    /// What the longest pause grows to; at least ``base``.
    public var cap: Duration
    /// How long a connection must have been open for the pauses to begin with ``base`` again: one that opens and ends
    /// at once does not count.
    public var healthyAfter: Duration

    /// No try but the one that was asked for.
    public static let never = RetryPolicy(attempts: 0, base: .milliseconds(500), cap: .seconds(30))

    /// Tries with pauses that double.
    /// - Parameters:
    ///   - attempts: how many tries in a row, the first one of `connect(retry:)` included; nil for no end.
    ///   - base: the longest pause after the first failure; positive.
    ///   - cap: what it grows to; at least `base`.
    ///   - healthyAfter: how long a connection must have been open to count as a success.
    public static func exponential(
        attempts: Int? = nil, base: Duration = .milliseconds(500), cap: Duration = .seconds(30),
        healthyAfter: Duration = .seconds(10)
    ) -> RetryPolicy {
        RetryPolicy(attempts: attempts, base: base, cap: cap, healthyAfter: healthyAfter)
    }

    private init(attempts: Int?, base: Duration, cap: Duration, healthyAfter: Duration = .seconds(10)) {
        self.attempts = attempts
        self.base = base
        self.cap = cap
        self.healthyAfter = healthyAfter
    }

    /// Whether there is another try after so many failures in a row.
    package func allows(attemptAfter failures: Int) -> Bool {
        attempts.map { failures < $0 } ?? true
    }

    /// The longest pause before the next try.
    /// - Parameter failures: in a row before it; the first one doubles nothing.
    package func longestPause(after failures: Int) -> Duration {
        var pause = min(base, cap)
        var left = failures - 1
        while left > 0, pause < cap {
            pause = min(pause * 2, cap)
            left -= 1
        }
        return pause
    }

    /// The pause before the next try: a random part of the longest one, or the server's advice if that is longer.
    /// - Parameters:
    ///   - failures: in a row before it.
    ///   - advice: from the server; below zero it counts as zero, above a week as a week.
    ///   - chance: 0 up to 1, a new random number for each pause.
    package func pause(after failures: Int, atLeast advice: Duration = .zero, chance: Double) -> Duration {
        max(advice.asReconnectAdvice, longestPause(after: failures) * chance)
    }

    /// The pause before a request is repeated on a connection, after the server has refused it for now.
    /// - Parameters:
    ///   - refusals: of this request in a row, 1 or more.
    ///   - advice: from the server; nil for none, which counts as a second.
    ///   - chance: 0 up to 1, a new random number for each pause.
    /// - Returns: at least 100 ms.
    package func pauseOfRequest(after refusals: Int, atLeast advice: Duration?, chance: Double) -> Duration {
        max(.milliseconds(100), pause(after: refusals, atLeast: advice ?? .seconds(1), chance: chance))
    }

    /// - Throws: ``ClientError`` that names the first number out of its range.
    func check(_ name: String) throws(ClientError) {
        if let attempts, attempts < 0 {
            throw ClientError(.invalidConfiguration, "\(name).attempts is to be 0 or more, not \(attempts)")
        }
        for (part, time) in [("base", base), ("healthyAfter", healthyAfter)] where time <= .zero {
            throw ClientError(.invalidConfiguration, "\(name).\(part) is to be positive, not \(time)")
        }
        guard cap >= base else {
            throw ClientError(.invalidConfiguration, "\(name).cap is to be at least \(name).base, not \(cap)")
        }
        guard cap <= .seconds(86_400) else {
            throw ClientError(.invalidConfiguration, "\(name).cap is to be at most a day, not \(cap)")
        }
    }
}
