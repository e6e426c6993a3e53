/// The number of connection attempts and the pauses between them.
///
/// The pause before each attempt is a random part of a time that doubles with each failure ("full jitter"). This keeps
/// the clients of a failed server from reconnecting all at once.
///
/// Advice from the server can make the pause longer, up to a week, but never shorter. It arrives as `Retry-After` in an
/// HTTP response, as `retry_after` in an error, or in a close frame (Protocol.md, "Reconnection").
public struct RetryPolicy: Sendable, Hashable {
    /// The maximum number of attempts in a row; nil for no limit. A healthy connection resets the count.
    public var attempts: Int?
    /// The longest pause after the first failure; positive.
    public var base: Duration
    /// The upper limit of the longest pause; at least ``base``.
    public var cap: Duration
    /// How long a connection must have been open to count as healthy. After a healthy connection, the pauses start with
    /// ``base`` again.
    public var healthyAfter: Duration

    /// A single attempt without retries.
    public static let never = RetryPolicy(attempts: 0, base: .milliseconds(500), cap: .seconds(30))

    /// Returns a policy with pauses that double.
    /// - Parameters:
    ///   - attempts: The maximum number of attempts in a row, including the first one of `connect(retry:)`; nil for no
    ///     limit.
    ///   - base: The longest pause after the first failure; positive.
    ///   - cap: The upper limit of the longest pause; at least `base`.
    ///   - healthyAfter: How long a connection must have been open to count as healthy.
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

    /// Whether another attempt follows the given number of failures in a row.
    package func allows(attemptAfter failures: Int) -> Bool {
        attempts.map { failures < $0 } ?? true
    }

    /// The longest pause before the next attempt.
    /// - Parameter failures: The number of failures in a row. The first failure does not double the pause.
    package func longestPause(after failures: Int) -> Duration {
        var pause = min(base, cap)
        var left = failures - 1
        while left > 0, pause < cap {
            pause = min(pause * 2, cap)
            left -= 1
        }
        return pause
    }

    /// The pause before the next attempt: a random part of the longest pause, or the server's advice if that is longer.
    /// - Parameters:
    ///   - failures: The number of failures in a row.
    ///   - advice: The server's advice, limited to the range from zero to a week.
    ///   - chance: A new random number, from 0 up to but not including 1.
    package func pause(after failures: Int, atLeast advice: Duration = .zero, chance: Double) -> Duration {
        max(advice.asReconnectAdvice, longestPause(after: failures) * chance)
    }

    /// The pause before a request is repeated on the same connection after a temporary refusal.
    /// - Parameters:
    ///   - refusals: The number of refusals of this request in a row, at least 1.
    ///   - advice: The server's advice; nil for none, which counts as one second.
    ///   - chance: A new random number, from 0 up to but not including 1.
    /// - Returns: The pause, at least 100 ms.
    package func pauseOfRequest(after refusals: Int, atLeast advice: Duration?, chance: Double) -> Duration {
        max(.milliseconds(100), pause(after: refusals, atLeast: advice ?? .seconds(1), chance: chance))
    }

    /// Checks that every value is in its range.
    /// - Throws: ``ClientError`` that names the first invalid value.
    func check(_ name: String) throws(ClientError) {
        if let attempts, attempts < 0 {
            throw ClientError(.invalidConfiguration, "\(name).attempts must be at least 0 (got \(attempts))")
        }
        for (part, time) in [("base", base), ("healthyAfter", healthyAfter)] where time <= .zero {
            throw ClientError(.invalidConfiguration, "\(name).\(part) must be positive (got \(time))")
        }
        guard cap >= base else {
            throw ClientError(.invalidConfiguration, "\(name).cap must be at least \(name).base (got \(cap))")
        }
        guard cap <= .seconds(86_400) else {
            throw ClientError(.invalidConfiguration, "\(name).cap must be at most one day (got \(cap))")
        }
    }
}
