import EventLoops
import Testing

@Suite("A timer heap")
struct TimerHeapTests {
    private let start = ContinuousClock.now

    private func drain(_ heap: inout TimerHeap<Int>, at time: Duration) -> [Int] {
        var due: [Int] = []
        while let payload = heap.popDue(at: start + time) { due.append(payload) }
        return due
    }

    @Test("returns timers by deadline, and in the order of scheduling if deadlines are equal")
    func order() {
        var heap = TimerHeap<Int>()
        for (index, seconds) in [5, 1, 3, 1, 4, 1, 2].enumerated() {
            _ = heap.schedule(at: start + .seconds(seconds), index)
        }
        #expect(drain(&heap, at: .seconds(9)) == [1, 3, 5, 6, 2, 4, 0])
        #expect(heap.count == 0 && heap.earliest == nil)
    }

    @Test("returns a timer at its deadline, and not a nanosecond before")
    func edge() {
        var heap = TimerHeap<Int>()
        _ = heap.schedule(at: start + .seconds(1), 7)
        #expect(drain(&heap, at: .seconds(1) - .nanoseconds(1)) == [])
        #expect(drain(&heap, at: .seconds(1)) == [7])
    }

    @Test("removes a cancelled timer")
    func cancel() {
        var heap = TimerHeap<Int>()
        let tokens = (0..<10).map { heap.schedule(at: start + .seconds($0), $0) }
        #expect(heap.cancel(tokens[0]) == 0)
        #expect(heap.earliest == start + .seconds(1))
        #expect(heap.cancel(tokens[9]) == 9)
        #expect(heap.cancel(tokens[4]) == 4)
        #expect(drain(&heap, at: .seconds(10)) == [1, 2, 3, 5, 6, 7, 8])
    }

    @Test("ignores a stale token if another timer uses its slot")
    func stale() {
        var heap = TimerHeap<Int>()
        let first = heap.schedule(at: start, 1)
        #expect(drain(&heap, at: .zero) == [1])
        let second = heap.schedule(at: start, 2)
        #expect(heap.cancel(first) == nil)
        #expect(heap.cancel(second) == 2)
        #expect(heap.cancel(second) == nil)
    }

    @Test("agrees with a sorted list over thousands of random steps", arguments: [1, 2, 3] as [UInt64])
    func model(seed: UInt64) {
        var random = SplitMix(state: seed)
        var heap = TimerHeap<Int>()
        var model: [(time: Int, id: Int, token: TimerToken)] = []
        for id in 0..<5_000 {
            switch random.next() % 4 {
            case 0, 1:
                let time = Int(random.next() % 500)
                model.append((time, id, heap.schedule(at: start + .seconds(time), id)))
            case 2 where !model.isEmpty:
                let victim = model.remove(at: Int(random.next() % UInt64(model.count)))
                #expect(heap.cancel(victim.token) == victim.id)
            default:
                guard let first = model.min(by: { ($0.time, $0.id) < ($1.time, $1.id) }) else { continue }
                #expect(heap.earliest == start + .seconds(first.time))
                #expect(heap.popDue(at: start + .seconds(first.time)) == first.id)
                model.removeAll { $0.id == first.id }
            }
            #expect(heap.count == model.count)
        }
    }
}

/// A pseudorandom number generator with a fixed seed, so that each run is the same.
struct SplitMix {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
