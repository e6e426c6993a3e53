import Webshocket

/// `webshocket call`: calls a method and prints its result as JSON.
struct CallCommand {
    private let order: CallOrder

    init(_ words: [String]) throws(UsageError) {
        order = try CallOrder(Arguments(words, valued: CallOrder.valued, flags: CallOrder.flags))
    }

    func run() async throws {
        let client = try await order.connect()
        let response = try await client.sendRPC(order.method, arguments: order.arguments, named: order.named)
        await client.close()
        try response.check()
        try Terminal.say(order.text(of: response.data))
    }
}
