import Webshocket

/// `webshocket call`: one call, its result as JSON.
struct CallCommand {
    private let order: CallOrder

    init(_ words: [String]) throws(UsageError) {
        let words = try Arguments(words, valued: CallOrder.valued, flags: CallOrder.flags)
        order = try CallOrder(words, of: "call")
    }

    func run() async throws {
        let client = try await order.connect()
        let response = try await client.sendRPC(order.method, arguments: order.arguments, named: order.named)
        await client.close()
        try response.check()
        Terminal.say(try response.data.json().escapingControlCharactersInJSON)
    }
}
