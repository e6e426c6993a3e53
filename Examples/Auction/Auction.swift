import Foundation
import Webshocket

/// The lot of the auction: its price and its watchers. All connections share it, because they share the handler.
actor Lot {
    private var price = 100
    private var isClosed = false
    private var watchers: [Int: AsyncStream<Int>.Continuation] = [:]
    private var watchersEver = 0

    func bid(_ amount: Int) throws -> Int {
        guard amount > price else {
            throw RPCError("the price is already \(price)", code: 4001, data: ["price": .int(Int64(price))])
        }
        price = amount
        for watcher in watchers.values { watcher.yield(price) }
        return price
    }

    func prices() -> AsyncStream<Int> {
        // The buffer keeps the last 10 prices for a slow watcher. Without a policy it would grow without bound.
        let (prices, watcher) = AsyncStream.makeStream(of: Int.self, bufferingPolicy: .bufferingNewest(10))
        watcher.yield(price)
        guard !isClosed else {
            watcher.finish()
            return prices
        }
        watchersEver += 1
        let number = watchersEver
        watchers[number] = watcher
        watcher.onTermination = { _ in Task { await self.leave(number) } }
        return prices
    }

    private func leave(_ number: Int) {
        watchers[number] = nil
    }

    func close() {
        isClosed = true
        for watcher in watchers.values { watcher.finish() }
    }
}

final class AuctionHandler: WebSocketHandler {
    let access = Access.everyone
    private let lot = Lot()

    func login(_ connection: Connection, name: String, password: String) throws {
        guard password == "sesame" else { throw RPCError("wrong password", code: 401) }
        connection.userID = name  // session attributes: they live as long as the connection
        connection.isAuctioneer = name == "ann"
    }

    func bid(_ connection: Connection, amount: Int) async throws -> Int {
        try await lot.bid(amount)
    }

    func prices(_ connection: Connection) async -> AsyncStream<Int> {
        await lot.prices()
    }

    func close(_ connection: Connection) async {
        await lot.close()
    }

    var methods: RPCMethods {
        RPCMethod("login", login).rateLimit(5, per: "1m", scope: .address)
        RPCMethod("prices", prices)
        RPCMethod("bid", bid).requires(Has("userID")).rateLimit(30, per: "1m", burst: 3, scope: .user)
        RPCMethod("close", close).requires(Is("isAuctioneer"))
    }
}

@main
struct Auction {
    static func main() async {
        do {
            try await run()
        } catch {
            FileHandle.standardError.write(Data("Auction: \(error)\n".utf8))
            exit(1)
        }
    }

    static func run() async throws {
        let server = WebSocketServer(host: "127.0.0.1", port: 0, handler: AuctionHandler())
        try await server.start()
        let (ann, bob) = (WebSocketClient(server.url), WebSocketClient(server.url))
        try await ann.connect()
        try await bob.connect()

        // A stream delivers its elements as they are produced, but no faster than they are consumed.
        // `Task.immediate` requests it before Bob's calls below.
        let watching = Task.immediate {
            for try await price in ann.streamRPC("prices", as: Int.self) { print("ann sees \(price)") }
            print("the lot is closed")
        }

        await tryTo("bid as a stranger") { try await bob.sendRPC("bid", 110) }
        try await bob.sendRPC("login", "bob", "sesame")
        await tryTo("bid too little") { try await bob.sendRPC("bid", 90) }
        let price: Int = try await bob.sendRPC("bid", 120, timeout: .seconds(5))
        print("bob bids \(price)")
        try await bob.notify("bid", 150)  // a notification has no response
        await tryTo("bid in haste") { try await bob.sendRPC("bid", 160) }
        await tryTo("close the lot as bob") { try await bob.sendRPC("close") }

        try await ann.sendRPC("login", "ann", "sesame")
        try await ann.sendRPC("close")
        try await watching.value

        await ann.close()
        await bob.close()
        await server.stop()
    }

    nonisolated(nonsending) static func tryTo(_ what: String, _ body: () async throws -> Void) async {
        do {
            try await body()
        } catch let error as RPCError {
            let detail = error.retryAfter == nil ? "" : " Try again later."
            print("cannot \(what): \(error.message)\(detail)")
        } catch {
            print("cannot \(what): \(error)")
        }
    }
}
