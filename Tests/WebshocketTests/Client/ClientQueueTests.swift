import Testing
import Webshocket

@Suite("What a client keeps")
struct ClientQueueTests {
    @Test("is counted in items and bytes, from the front, the middle and at once")
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

    @Test("of channels and rooms is what was asked for and not given up, in order")
    func interests() {
        var interests = ClientInterests()
        interests.apply(.subscribed(["b", "a", "b"]))
        interests.apply(.joined("room"))
        interests.apply(.subscribed(["c", "a"]))
        #expect(interests.channels == ["b", "a", "c"] && interests.rooms == ["room"])
        interests.apply(.unsubscribed(["a", "x"]))
        interests.apply(.joined("other"))
        interests.apply(.left(["room"]))
        #expect(interests.channels == ["b", "c"] && interests.rooms == ["other"])
        interests.apply(.unsubscribedFromAll)
        #expect(interests.channels == [] && interests.rooms == ["other"])
        interests.apply(.leftAll)
        #expect(interests.rooms == [])
    }

    @Test("distinguishes names that look the same")
    func lookAlikes() {
        var interests = ClientInterests()
        interests.apply(.subscribed(["\u{E9}", "e\u{301}"]))
        #expect(interests.channels.map { Array($0.utf8).count } == [2, 3])
        interests.apply(.unsubscribed(["e\u{301}"]))
        #expect(interests.channels.map { Array($0.utf8).count } == [2])
    }
}
