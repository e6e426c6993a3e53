/// How fast a ``TokenBucket`` fills and how much it holds, in whole numbers.
///
/// Time is counted in ticks of 1/`calls` attoseconds. One token flows in during 1/`calls` of the period, which is as
/// many ticks as the period has attoseconds: a whole number, so that neither a refill nor a price is ever rounded.
///
/// No number leaves `Int128`, so the arithmetic is unchecked. With `calls` and `burst` up to 10⁹ < 2³⁰, a period up to
/// 366 days < 2⁸⁵ as, and a clock within ±1,000 years < 2⁹⁵ as of its zero (30 years of uptime are less than 2⁹⁰):
/// - the time in ticks is within ±2¹²⁵, and a bucket's capacity, as each price, is below 2¹¹⁵;
/// - a bucket is charged up to its capacity ahead of the time at most, so `fullAt` is below 2¹²⁵ + 2¹¹⁵;
/// - the largest difference, of a bucket charged at the end of that time and asked at its begin, is below 2¹²⁶ + 2¹¹⁶.
package struct TokenRate: Sendable, Hashable {
    /// How many ticks an attosecond has.
    package let calls: Int128
    /// How many ticks one token takes to flow in.
    let token: Int128
    /// How many ticks an empty bucket takes to fill.
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

    /// What a call that costs so many tokens, 1 to the burst, takes from a bucket.
    package func price(of cost: Int) -> Int128 {
        Int128(cost) &* token
    }
}
