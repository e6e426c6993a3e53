import Testing
import Webshocket

@Suite("Linked queue")
struct LinkedQueueTests {
    @Test("returns elements in order, with removals from the middle", arguments: [UInt64(1), 2, 3])
    func order(seed: UInt64) {
        var random = SplitMix(state: seed)
        var queue = LinkedQueue<Int>()
        var model: [(place: Int, number: Int)] = []
        for number in 0..<20_000 {
            switch random.next(upTo: 5) {
            case 0, 1: model.append((queue.append(number), number))
            case 2:
                let popped = queue.popFirst()
                #expect(popped == (model.isEmpty ? nil : model.removeFirst().number))
            case 3 where !model.isEmpty:
                let taken = model.remove(at: random.next(upTo: model.count))
                let removed = queue.remove(at: taken.place)
                #expect(removed == taken.number)
            default: break
            }
            #expect(queue.count == model.count && queue.firstPlace == model.first?.place)
        }
    }

    @Test("releases a removed element")
    func release() {
        final class Load {}
        var queue = LinkedQueue<Load>()
        weak var watched: Load?
        do {
            let load = Load()
            watched = load
            queue.append(load)
        }
        queue.append(Load())
        #expect(watched != nil)
        _ = queue.popFirst()
        #expect(watched == nil && queue.count == 1)
    }
}
