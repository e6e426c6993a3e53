/// The refill rate and the capacity of a ``TokenBucket``, in whole numbers.
///
/// Time is counted in ticks of 1/`calls` attoseconds. One token is refilled in 1/`calls` of the period. In ticks this
/// is the number of attoseconds in the period, a whole number. So neither a refill nor a price is ever rounded.
///
/// No result exceeds the range of `Int128`, so the arithmetic is unchecked. `calls` and `burst` are at most 10⁹ < 2³⁰.
/// The period is at most 366 days < 2⁸⁵ as. The clock is within ±1,000 years < 2⁹⁵ as of its zero; 30 years of uptime
/// are less than 2⁹⁰ as. Therefore:
/// - The time in ticks is within ±2¹²⁵. The capacity of a bucket and each price are below 2¹¹⁵.
/// - `fullAt` is at most one capacity later than the time, so it is below 2¹²⁵ + 2¹¹⁵.
/// - The largest difference is below 2¹²⁶ + 2¹¹⁶. It occurs if a bucket is charged at the latest time and read at the
///   earliest.
package struct TokenRate: Sendable, Hashable {
    /// The number of ticks per attosecond.
    package let calls: Int128
    /// The number of ticks to refill one token.
    let token: Int128
    /// The number of ticks to fill an empty bucket.
    let capacity: Int128

    /// - Parameters:
    ///   - calls: 1 to 1,000,000,000.
    ///   - period: 1 ms to 366 days.
    ///   - burst: 1 to 1,000,000,000.
    package init(calls: Int, per period: Duration, burst: Int) {
        self.calls = Int128(calls)
        token = period.attoseconds
        capacity = Int128(burst) &* token
    }

    /// The price of a call in ticks.
    /// - Parameter cost: The number of tokens that the call takes; 1 to the burst.
    package func price(of cost: Int) -> Int128 {
        Int128(cost) &* token
    }
}
