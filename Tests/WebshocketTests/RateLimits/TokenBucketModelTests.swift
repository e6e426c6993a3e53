import Testing
import Webshocket

@Suite("A token bucket, compared with a model that counts tokens as fractions,")
struct TokenBucketModelTests {
    /// A fraction in lowest terms.
    private struct Fraction: Comparable {
        let numerator: Int128
        let denominator: Int128

        init(_ numerator: Int128, _ denominator: Int128 = 1) {
            var (larger, smaller) = (numerator.magnitude, denominator.magnitude)
            while smaller > 0 { (larger, smaller) = (smaller, larger % smaller) }
            let divisor = max(Int128(larger), 1)
            self.numerator = numerator / divisor
            self.denominator = denominator / divisor
        }

        static func + (a: Self, b: Self) -> Self {
            Fraction(a.numerator * b.denominator + b.numerator * a.denominator, a.denominator * b.denominator)
        }
        static func - (a: Self, b: Self) -> Self { a + Fraction(-b.numerator, b.denominator) }
        static func * (a: Self, b: Self) -> Self {
            Fraction(a.numerator * b.numerator, a.denominator * b.denominator)
        }
        static func < (a: Self, b: Self) -> Bool { a.numerator * b.denominator < b.numerator * a.denominator }

        var roundedUp: Int128 { (numerator + denominator - 1) / denominator }
    }

    /// Counts tokens in the simplest way: it adds the tokens that were refilled since the last call, up to the burst.
    private struct Model {
        let calls: Int
        let period: Int
        let burst: Int
        var tokens: Fraction
        var lookedAt = 0

        init(calls: Int, period: Int, burst: Int) {
            (self.calls, self.period, self.burst) = (calls, period, burst)
            tokens = Fraction(Int128(burst))
        }

        mutating func look(at now: Int) {
            let flow = Fraction(Int128(calls) * Int128(now - lookedAt), Int128(period))
            tokens = min(tokens + flow, Fraction(Int128(burst)))
            lookedAt = now
        }

        mutating func take(_ cost: Int) -> Bool {
            guard tokens >= Fraction(Int128(cost)) else { return false }
            tokens = tokens - Fraction(Int128(cost))
            return true
        }

        /// The milliseconds until the bucket has a number of tokens.
        func wait(_ cost: Int) -> Int? {
            let missing = Fraction(Int128(cost)) - tokens
            return missing > Fraction(0)
                ? Int((missing * Fraction(Int128(period), Int128(calls))).roundedUp) : nil
        }
    }

    @Test("agrees at thousands of random times, rates and costs", arguments: 1...40 as ClosedRange<UInt64>)
    func agreement(seed: UInt64) {
        var random = SplitMix(state: seed)
        let calls = random.number(in: 1...200)
        let period = random.number(in: 1...5_000)
        let burst = random.number(in: 1...300)
        let rate = TokenRate(calls: calls, per: .milliseconds(period), burst: burst)
        var bucket = TokenBucket()
        var model = Model(calls: calls, period: period, burst: burst)
        var now = random.number(in: 0...1_000_000_000)
        var passed = 0
        var agreed = true
        for _ in 0..<2_000 {
            let pause = random.number(in: 1...4) == 1 ? period * burst / calls + 2 : period / calls + 1
            now += random.number(in: 0...3) == 0 ? random.number(in: 0...pause) : 0
            model.look(at: now)
            let largest = random.number(in: 1...burst)
            let cost = random.number(in: 1...largest)
            let price = rate.price(of: cost)
            let time = Duration.milliseconds(now)
            let wait = bucket.wait(for: price, of: rate, at: time)?.roundedUpToMilliseconds
            let passes = bucket.take(price, of: rate, at: time)
            agreed = agreed && wait == model.wait(cost).map { .milliseconds($0) } && passes == (wait == nil)
            agreed = agreed && passes == model.take(cost)
            agreed =
                agreed && bucket.isFull(at: time, calls: rate.calls) == (model.tokens == Fraction(Int128(burst)))
            if passes { passed += 1 }
        }
        #expect(agreed)
        #expect(passed > 0 && passed < 2_000)
    }
}

extension SplitMix {
    mutating func number(in range: ClosedRange<Int>) -> Int { range.lowerBound + next(upTo: range.count) }
}
