/// A token bucket, stored as a single number: the time at which it is full again.
///
/// This is the generic cell rate algorithm (GCRA). Taking a token delays that time by the time to refill one token. If
/// the bucket would then be full later than an empty bucket, it does not have enough tokens. The number does not change
/// as time passes, and nothing is rounded; ``TokenRate`` documents the unit and the ranges. A bucket must always be
/// used with the same rate.
///
/// `now` is the time since a fixed start. If it goes backwards, the bucket temporarily holds fewer tokens, never more.
package struct TokenBucket: Sendable {
    /// The time at which the bucket is full, in ticks of its rate. It is in the past for a new bucket.
    private var fullAt = Int128.min

    /// Creates a full bucket.
    package init() {}

    /// Takes the price of a call, if the bucket has enough tokens.
    /// - Returns: Whether the tokens were taken.
    package mutating func take(_ price: Int128, of rate: TokenRate, at now: Duration) -> Bool {
        let ticks = now.attoseconds &* rate.calls
        let after = max(fullAt, ticks) &+ price
        guard after &- ticks <= rate.capacity else { return false }
        fullAt = after
        return true
    }

    /// The time until a call with that price would pass, rounded up to whole attoseconds; nil if it would pass now.
    package func wait(for price: Int128, of rate: TokenRate, at now: Duration) -> Duration? {
        let ticks = now.attoseconds &* rate.calls
        let missing = max(fullAt, ticks) &+ price &- ticks &- rate.capacity
        guard missing > 0 else { return nil }
        return Duration(attoseconds: (missing &+ rate.calls &- 1) / rate.calls)
    }

    /// Whether the bucket is full, and so equivalent to a new one.
    package func isFull(at now: Duration, calls: Int128) -> Bool {
        fullAt <= now.attoseconds &* calls
    }

    /// The time until the bucket is full, rounded down to whole attoseconds.
    package func timeToFull(at now: Duration, calls: Int128) -> Duration {
        let ticks = now.attoseconds &* calls
        return fullAt <= ticks ? .zero : Duration(attoseconds: (fullAt &- ticks) / calls)
    }
}

extension Duration {
    /// The duration rounded up to whole milliseconds, whose number is clamped to the range of `Int64`.
    package var roundedUpToMilliseconds: Duration {
        let (count, rest) = attoseconds.quotientAndRemainder(dividingBy: .attosecondsPerMillisecond)
        return .milliseconds(Int64(clamping: count + (rest > 0 ? 1 : 0)))
    }
}
