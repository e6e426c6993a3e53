import Testing
import Webshocket

@Suite("A token bucket")
struct TokenBucketTests {
    /// A bucket with a rate and a manual clock.
    final class Hand {
        let rate: TokenRate
        var bucket = TokenBucket()
        var now = Duration.zero

        init(_ calls: Int, per period: Duration, burst: Int? = nil) {
            rate = TokenRate(calls: calls, per: period, burst: burst ?? calls)
        }

        func take(_ cost: Int = 1) -> Bool { bucket.take(rate.price(of: cost), of: rate, at: now) }

        /// Calls until a call is refused, and returns the number of admitted calls.
        func takeAll() -> Int {
            var count = 0
            while take() { count += 1 }
            return count
        }

        /// The wait that is reported to callers.
        func wait(_ cost: Int = 1) -> Duration? {
            bucket.wait(for: rate.price(of: cost), of: rate, at: now)?.roundedUpToMilliseconds
        }
    }

    @Test("admits exactly its burst at once", arguments: [1, 2, 5, 1_000])
    func burst(calls: Int) {
        let hand = Hand(calls, per: .seconds(1))
        #expect(hand.takeAll() == calls)
        hand.now = .seconds(100)
        #expect(hand.takeAll() == calls)
    }

    @Test(
        "holds a burst that is above or below its calls, and refills at the rate of the calls",
        arguments: [(10, 25, 25), (10, 4, 4), (1, 3, 3)])
    func unequalBurst(calls: Int, burst: Int, passing: Int) {
        let hand = Hand(calls, per: .seconds(10), burst: burst)
        #expect(hand.takeAll() == passing)
        hand.now += .seconds(10)
        #expect(hand.takeAll() == min(calls, burst))
        hand.now += .seconds(1_000)
        #expect(hand.takeAll() == passing)
    }

    @Test("reports to the millisecond when the next call passes, even if the rate does not divide evenly")
    func waits() {
        let hand = Hand(7, per: .seconds(60))
        #expect(hand.wait() == nil && hand.takeAll() == 7)
        #expect(hand.wait() == .milliseconds(8_572))  // 60,000 / 7 = 8,571.43
        #expect(hand.wait(2) == .milliseconds(17_143))
        #expect(hand.wait(7) == .seconds(60))
        hand.now = .milliseconds(8_571)
        #expect(hand.wait() == .milliseconds(1) && !hand.take())
        hand.now = .milliseconds(8_572)
        #expect(hand.wait() == nil && hand.takeAll() == 1)
        #expect(hand.wait() == .milliseconds(8_571))  // 17,142.86 - 8,572

        let thirds = Hand(3, per: .seconds(1))
        #expect(thirds.takeAll() == 3)
        for (now, wait) in [(0, 334), (333, 1), (334, nil), (334, 333), (667, nil), (667, 333), (1_000, nil)] {
            thirds.now = .milliseconds(now)
            #expect(thirds.wait() == wait.map { .milliseconds($0) })
            #expect(thirds.take() == (wait == nil))
        }
    }

    @Test("reports a wait if a third of an attosecond is missing")
    func shortestWait() {
        let hand = Hand(3, per: .milliseconds(1), burst: 1)
        #expect(hand.take())
        hand.now = Duration(attoseconds: 333_333_333_333_333)
        #expect(hand.wait() == .milliseconds(1) && !hand.take())
        hand.now += Duration(attoseconds: 1)
        #expect(hand.wait() == nil && hand.take())
    }

    @Test(
        "passes a call after the wait and not a millisecond before", arguments: [1, 3, 7, 60, 999], [1, 1_000, 60_000])
    func waitIsTight(calls: Int, period: Int) throws {
        let hand = Hand(calls, per: .milliseconds(period))
        for cost in Set([1, (calls + 1) / 2, calls]) {
            hand.now += .milliseconds(1) * period
            while hand.take(cost) {}
            let wait = try #require(hand.wait(cost))
            #expect(wait > .zero)
            hand.now += wait - .milliseconds(1)
            #expect(!hand.take(cost))
            hand.now += .milliseconds(1)
            #expect(hand.take(cost))
        }
    }

    @Test("takes the price of a call, or nothing")
    func cost() {
        let hand = Hand(10, per: .seconds(10))
        #expect(hand.take(4) && hand.take(4))
        #expect(!hand.take(4) && hand.wait(4) == .seconds(2))
        #expect(hand.take(2) && !hand.take(1))
    }

    /// Whether each interval has at most burst + calls × time / period admitted calls.
    static func isWithinBound(_ times: [Duration], calls: Int, period: Duration, burst: Int) -> Bool {
        times.indices.allSatisfy { first in
            (first..<times.count).allSatisfy { last in
                let flowing = Int128(last - first + 1 - burst) * period.attoseconds
                return flowing <= Int128(calls) * (times[last] - times[first]).attoseconds
            }
        }
    }

    @Test("admits in any interval at most its burst and the tokens that are refilled in it", arguments: [5, 2, 9])
    func noWindowEdge(burst: Int) {
        let period = Duration.milliseconds(100)
        var most = 0
        for phase in 0..<100 {
            let hand = Hand(5, per: period, burst: burst)
            // A few calls at an odd time, a pause, and then as many calls as are admitted, each millisecond.
            var times: [Duration] = []
            for now in [phase, phase + 1] + Array(200 + phase..<450) {
                hand.now = .milliseconds(now)
                while hand.take() { times.append(hand.now) }
            }
            #expect(Self.isWithinBound(times, calls: 5, period: period, burst: burst))
            let window = times.map { start in times.count { $0 >= start && $0 < start + period } }
            most = max(most, window.max() ?? 0)
        }
        // A half-open interval of one period is slightly shorter than the period.
        #expect(most == burst + 4)
    }

    @Test(
        "loses no refilled tokens, however often it is called",
        arguments: [(1, 3_600_000), (41, 86_400_000), (997, 366 * 86_400_000)])
    func refill(tick: Int, end: Int) {
        let rate = TokenRate(calls: 11, per: .seconds(13), burst: 11)
        var bucket = TokenBucket()
        let price = rate.price(of: 1)
        let step = Duration.milliseconds(tick)
        var now = Duration.zero
        var passed = 0
        for _ in 0...(end / tick) {
            if bucket.take(price, of: rate, at: now) { passed += 1 }
            now += step
        }
        #expect(passed == 11 + 11 * (end / tick * tick) / 13_000)
    }

    @Test("does not trap or admit extra calls if the time goes backwards")
    func backwards() {
        let hand = Hand(2, per: .seconds(1))
        hand.now = .seconds(1_000)
        #expect(hand.takeAll() == 2)
        hand.now = .seconds(999)
        #expect(hand.takeAll() == 0 && hand.wait() == .milliseconds(1_500))
        hand.now = .seconds(-1_000_000)
        #expect(hand.takeAll() == 0)
        hand.now = .seconds(1_000)
        #expect(hand.takeAll() == 0 && hand.wait() == .milliseconds(500))
    }

    @Test(
        "does not overflow with extreme numbers, over 1,000 years",
        arguments: [1, 1_000_000_000], [.milliseconds(1), .seconds(366 * 86_400)] as [Duration])
    func extremes(calls: Int, period: Duration) {
        let most = 1_000_000_000
        let century = Duration.seconds(100 * 366 * 86_400)
        for burst in [1, most] {
            for now in [.zero, century / 4, century * 10, .zero - century * 10] {
                let hand = Hand(calls, per: period, burst: burst)
                hand.now = now
                #expect(hand.take(burst) && !hand.take(1))
                let empty = Duration(attoseconds: period.attoseconds * Int128(burst) / Int128(calls))
                #expect(hand.bucket.wait(for: hand.rate.price(of: burst), of: hand.rate, at: now) == empty)
                #expect(hand.bucket.timeToFull(at: now, calls: hand.rate.calls) == empty)
                hand.now = .zero - century * 10
                #expect(!hand.take(1) && hand.wait(burst) != nil)
                hand.now = century * 10 + empty.roundedUpToMilliseconds
                if empty <= century { #expect(hand.take(burst)) }
            }
        }
    }

    @Test("clamps very long waits to the largest number of milliseconds")
    func longestWait() {
        let hand = Hand(1, per: .seconds(366 * 86_400), burst: 1_000_000_000)
        #expect(hand.take(1_000_000_000))
        #expect(hand.wait(1_000_000_000) == .milliseconds(Int64.max))
    }
}
