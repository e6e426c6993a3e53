import Foundation
import Webshocket

#if canImport(FoundationNetworking)
    import FoundationNetworking  // URLSession on Linux
#endif

@main
struct BoardClient {
    static func main() async throws {
        let host = CommandLine.arguments.dropFirst().first ?? "127.0.0.1:5000"
        // The token is requested for each connection, and again shortly before it expires.
        let configuration = ClientConfiguration(token: {
            let page = URL(string: "http://\(host)/token?user=ann")!
            return String(decoding: try await URLSession.shared.data(from: page).0, as: UTF8.self)
        })
        let client = WebSocketClient("ws://\(host)", configuration: configuration)
        try await client.connect()

        let members = try await client.join("board")
        print("members:", members.map { $0.user ?? "?" })

        let count: Int = try await client.sendRPC("post", "Tea is ready")
        print("posted", count)
        do {
            try await client.sendRPC("post", String(repeating: "x", count: 101))
        } catch let error as RPCError {
            print("refused:", error.code.rawValue, error.message, error.data ?? .null)  // 4001, and {"limit":100}
        } catch let error as ClientError {
            print("no response:", error.code, error.message)
        }

        // The messages of the room, up to the first notice of another member. Without the break, the loop would end
        // when the client is closed.
        for try await packet in client.packets {
            if let change = packet.membership {
                print(change)
            } else if packet.event == "notice", let data = packet.data {
                print(try data.decode(as: [String: String].self)["text"] ?? "")
                break
            }
        }
        await client.close()
    }
}
