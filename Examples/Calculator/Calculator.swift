import Foundation
import Webshocket

final class CalculatorHandler: WebSocketHandler {
    let access = Access.everyone

    func add(_ connection: Connection, a: Double, b: Double) -> Double {
        a + b
    }

    func divide(_ connection: Connection, a: Double, b: Double) throws -> Double {
        guard b != 0 else { throw RPCError("cannot divide by zero") }
        return a / b
    }

    func mean(_ connection: Connection, numbers: [Double]) async -> Double? {
        numbers.isEmpty ? nil : numbers.reduce(0, +) / Double(numbers.count)
    }

    var methods: RPCMethods {
        RPCMethod("add", add)
        RPCMethod("divide", divide, parameters: "a", Parameter("b", default: 2))
        RPCMethod("mean", mean)
    }
}

@main
struct Calculator {
    static func main() async {
        do {
            try await run()
        } catch {
            FileHandle.standardError.write(Data("Calculator: \(error)\n".utf8))
            exit(1)
        }
    }

    static func run() async throws {
        let server = WebSocketServer(host: "127.0.0.1", port: 0, handler: CalculatorHandler())
        try await server.start()
        print("The calculator listens on \(server.url)")

        let client = WebSocketClient(server.url)
        try await client.connect()

        let sum: Double = try await client.sendRPC("add", 10, 20)
        print("10 + 20 = \(sum)")

        let half: Double = try await client.sendRPC("divide", named: ["a": 7])
        print("7 / 2 = \(half)")

        let mean: Double? = try await client.sendRPC("mean", [1.0, 2.0, 6.0])
        print("The mean of 1, 2 and 6 is \(mean ?? .nan)")

        do {
            let _: Double = try await client.sendRPC("divide", 1, 0)
        } catch let error as RPCError {
            print("1 / 0: \(error.message)")
        }

        await client.close()
        await server.stop()
    }
}
