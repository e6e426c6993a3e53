/// A token bucket as one number: the time at which it is full again.
///
/// This is the generic cell rate algorithm: taking a token moves that time ahead by what the token takes to flow in,
/// and a bucket that would then be full later than an empty one has too few tokens. Nothing happens to it as time
/// passes, and nothing is rounded (``TokenRate`` has the unit and the ranges). One rate belongs to one bucket, always
/// the same.
///
/// `now` is the time since any one zero. Where it goes back the bucket holds less for as long, and never more.
package struct TokenBucket: Sendable {
    /// In ticks of the bucket's rate. A new bucket has been full for ever.
    private var fullAt = Int128.min

    /// Makes a full bucket.
    package init() {}

    /// Takes what a call costs, if that much is there.
    package mutating func take(_ price: Int128, of rate: TokenRate, at now: Duration) -> Bool {
        let ticks = now.attoseconds &* rate.calls
        let after = max(fullAt, ticks) &+ price
        guard after &- ticks <= rate.capacity else { return false }
        fullAt = after
        return true
    }

    /// How long until a call of that price would pass, with a part of an attosecond counted as a whole; nil when it
    /// passes now.
    package func wait(for price: Int128, of rate: TokenRate, at now: Duration) -> Duration? {
        let ticks = now.attoseconds &* rate.calls
        let missing = max(fullAt, ticks) &+ price &- ticks &- rate.capacity
        guard missing > 0 else { return nil }
        return Duration(attoseconds: (missing &+ rate.calls &- 1) / rate.calls)
    }

    /// Whether the bucket is as good as a new one.
    package func isFull(at now: Duration, calls: Int128) -> Bool {
        fullAt <= now.attoseconds &* calls
    }

    /// How long until the bucket is full, in whole attoseconds.
    package func timeToFull(at now: Duration, calls: Int128) -> Duration {
        let ticks = now.attoseconds &* calls
        return fullAt <= ticks ? .zero : Duration(attoseconds: (fullAt &- ticks) / calls)
    }
}

extension Duration {
    /// The next whole millisecond, or this time where it is one; at most as many as an `Int64` holds.
    package var roundedUpToMilliseconds: Duration {
        let (count, rest) = attoseconds.quotientAndRemainder(dividingBy: .attosecondsPerMillisecond)
        return .milliseconds(Int64(clamping: count + (rest > 0 ? 1 : 0)))
    }
}
