import Webshocket

/// `webshocket stream`: calls a method and prints each element of its stream as one line of JSON.
struct StreamCommand {
    private let order: CallOrder
    private let credit: Int?
    /// The number of elements to print; nil for all of them.
    private let take: Int?

    init(_ words: [String]) throws(UsageError) {
        let words = try Arguments(words, valued: CallOrder.valued.union(["credit", "take"]), flags: CallOrder.flags)
        order = try CallOrder(words)
        credit = try words.number("credit", in: 1...65_536)
        take = try words.number("take", in: 1...(.max))
    }

    func run() async throws {
        let client = try await order.connect()
        let elements = client.streamRPC(
            order.method, arguments: order.arguments, named: order.named,
            timeout: order.timeout.map { .after($0) } ?? .never, credit: credit)
        var taken = 0
        for try await element in elements {
            do {
                try Terminal.say(order.text(of: element))
            } catch let error as OutputError where error.isClosedByReader {
                // A reader such as `head` has closed the pipe, which ends the stream.
                break
            }
            taken += 1
            if taken == take { break }
        }
        await client.close()
    }
}
