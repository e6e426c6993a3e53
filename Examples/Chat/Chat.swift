import Foundation
import Webshocket

@main
struct Chat {
    static let usage = """
        Usage:
            Chat [--host HOST] [--port PORT]             runs the server, which also serves the web page
            Chat NAME [--room ROOM] [--url URL]          joins the chat in the terminal
            Chat --rehearse                              runs a server and two terminal clients as a demo
        """

    static func main() async throws {
        guard let order = Order(CommandLine.arguments.dropFirst()) else {
            for line in usage.split(separator: "\n") { Console.complain(String(line)) }
            exit(64)
        }
        do {
            try await run(order)
        } catch {
            Console.complain("error: \((error as? RPCError)?.message ?? "\(error)")")
            exit(1)
        }
    }

    private static func run(_ order: Order) async throws {
        if order.isRehearsal { return try await Rehearsal().run() }
        guard let name = order.name else { return try await ChatServer(host: order.host, port: order.port).run() }
        let chatter = try await TerminalClient(name: name, url: order.url)
        try await chatter.run(in: order.room)
    }
}

/// The parsed arguments of the command line.
struct Order {
    var host = "127.0.0.1"
    var port = 8_080
    var name: String?
    var room = "lobby"
    var url = "ws://127.0.0.1:8080/chat"
    var isRehearsal = false

    /// Parses the arguments; returns nil if they are invalid.
    init?(_ arguments: some Sequence<String>) {
        var words = Array(arguments)[...]
        while let word = words.popFirst() {
            switch word {
            case "--rehearse": isRehearsal = true
            case "--host", "--port", "--room", "--url":
                guard let value = words.popFirst(), set(word, value) else { return nil }
            default:
                guard !word.hasPrefix("-"), name == nil else { return nil }
                name = word
            }
        }
    }

    private mutating func set(_ option: String, _ value: String) -> Bool {
        switch option {
        case "--host": host = value
        case "--room": room = value
        case "--url": url = value
        default:
            guard let number = UInt16(value) else { return false }
            port = Int(number)
        }
        return true
    }
}
