import Testing
import WebSocketProtocol

@Suite("A query")
struct QueryItemsTests {
    @Test(
        "is read like a form",
        arguments: [
            ("room=tea&token=x", [["room", "tea"], ["token", "x"]]),
            ("a=1&a=2", [["a", "1"], ["a", "2"]]),
            ("name=J%C3%BCrgen+M%26M", [["name", "Jürgen M&M"]]),
            ("flag&&empty=", [["flag", ""], ["empty", ""]]),
            ("a=b=c", [["a", "b=c"]]),
            ("bad=%zz&cut=%4&high=%ff&good=1", [["good", "1"]]),
        ])
    func reading(query: String, items: [[String]]) {
        #expect(QueryItems(query).map { [$0.name, $0.value] } == items)
    }

    @Test("returns the first value of a name, or all of them")
    func lookingUp() {
        let items = QueryItems("a=1&b=2&a=3")
        #expect(items["a"] == "1")
        #expect(items.values(of: "a") == ["1", "3"])
        #expect(items["c"] == nil)
        #expect(QueryItems(nil).map(\.name).isEmpty)
    }
}
