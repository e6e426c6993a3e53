import Webshocket

/// The client for the Autobahn suite. It runs all cases of a fuzzing server, and echoes the messages of each case.
@main
struct AutobahnClient {
    struct Failure: Error, CustomStringConvertible {
        let description: String
    }

    static func main() async throws {
        guard CommandLine.arguments.count == 3 else {
            throw Failure(description: "usage: autobahn-client ws://HOST:PORT AGENT")
        }
        let (url, agent) = (CommandLine.arguments[1], CommandLine.arguments[2])
        var configuration = ClientConfiguration()
        configuration.messageSize = 16 * 1_048_576
        configuration.fragments = 1_048_576
        configuration.connectTimeout = .seconds(60)
        // A case ends with its connection.
        configuration.reconnect = .never

        let counting = RawWebSocketClient("\(url)/getCaseCount", configuration: configuration)
        try await counting.connect()
        guard case .text(let text) = try await counting.receive(), let count = Int(text) else {
            throw Failure(description: "the fuzzing server did not send the number of cases")
        }
        await counting.close()

        configuration.compression = CompressionOptions()
        for number in 1...count {
            await echo("\(url)/runCase?case=\(number)&agent=\(agent)", configuration)
        }

        let reporting = RawWebSocketClient("\(url)/updateReports?agent=\(agent)", configuration: configuration)
        try await reporting.connect()
        while (try? await reporting.receive()) != nil {}
        await reporting.close()
        print("\(count) cases done")
    }

    /// Echoes messages until the connection closes. A case may close it cleanly or fail it.
    private static func echo(_ url: String, _ configuration: ClientConfiguration) async {
        let client = RawWebSocketClient(url, configuration: configuration)
        do {
            try await client.connect()
            while true {
                let message = try await client.receive()
                try await client.send(message)
            }
        } catch {
            await client.close()
        }
    }
}
