import Webshocket

/// `webshocket stream`: one stream, each element as a line of JSON.
struct StreamCommand {
    private let order: CallOrder
    private let window: Int?
    /// After how many elements it ends; nil for at the stream's own end.
    private let take: Int?

    init(_ words: [String]) throws(UsageError) {
        let words = try Arguments(words, valued: CallOrder.valued.union(["window", "take"]), flags: CallOrder.flags)
        order = try CallOrder(words, of: "stream")
        window = try words.number("window", in: 1...65_536)
        take = try words.number("take", in: 1...(.max))
    }

    func run() async throws {
        let client = try await order.connect()
        let elements = client.streamRPC(
            order.method, arguments: order.arguments, named: order.named,
            timeout: order.timeout.map { .after($0) } ?? .never, window: window)
        var taken = 0
        for try await element in elements {
            // Nobody reads any more: that is how a reader such as `head` ends the stream.
            guard Terminal.say(try element.json().escapingControlCharactersInJSON) else { break }
            taken += 1
            if taken == take { break }
        }
        await client.close()
    }
}
