import Testing
import Webshocket

@Suite("A client's outgoing queue")
struct ClientQueueTests {
    @Test("counts items and bytes when elements are removed from the front, the middle or all at once")
    func counts() {
        var queue = OutgoingQueue<String>()
        let places = ["a", "bb", "ccc", "dddd"].map { queue.append($0, bytes: $0.count) }
        var taken = queue.remove(at: places[1])
        #expect(taken == "bb" && queue.count == 3 && queue.bytes == 8)
        taken = queue.remove(at: places[1])
        #expect(taken == nil && queue.bytes == 8)
        taken = queue.popFirst()
        #expect(taken == "a" && queue.bytes == 7)
        let all = queue.removeAll()
        #expect(all.map(\.element) == ["ccc", "dddd"] && all.map(\.bytes) == [3, 4])
        #expect(queue.isEmpty && queue.bytes == 0)
        taken = queue.popFirst()
        #expect(taken == nil)
    }
}
