import Foundation
import Webshocket

/// Keeps a client with the default settings connected to a server for the given number of seconds.
@main
struct ReconnectingClient {
    static func main() async throws {
        let words = CommandLine.arguments
        guard words.count == 3, let seconds = Double(words[2]), seconds > 0, seconds < 1e6 else {
            print("usage: reconnecting-client URL SECONDS")
            exit(2)
        }
        let client = WebSocketClient(words[1], configuration: ClientConfiguration(codec: .json))
        let connecting = Task { try await client.connect(retry: .exponential()) }
        try await Task.sleep(for: .seconds(seconds))
        connecting.cancel()
        await client.close()
    }
}
