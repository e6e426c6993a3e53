import Foundation
import Synchronization
import Webshocket

/// The server that `Tests/Benchmarks/hostile_loads` and `blocked_loop` measure. It has the default limits. Its argument
/// is the number of event loops; 1 by default.
@main
struct LoadServer {
    static func main() async throws {
        var configuration = ServerConfiguration()
        configuration.loops = CommandLine.arguments.dropFirst().first.flatMap { Int($0) } ?? 1
        let server = WebSocketServer(port: 0, configuration: configuration) {
            WebSocketRoute("/", LoadHandler())
            WebSocketRoute("/blocking", BlockingHandler())
            WebSocketRoute("/echo", access: .everyone) { connection, message in connection.send(message) }
        }
        try await server.serve { FileHandle.standardOutput.write(Data("Serving \(server.url)\n".utf8)) }
    }
}

final class LoadHandler: WebSocketHandler {
    let access = Access.everyone
    /// The number of evaluations of the rule for `feed.**`.
    private let questions = Atomic<Int>(0)
    private let returned = Atomic<Int>(0)

    func add(_ connection: Connection, a: Int, b: Int) -> Int { a + b }

    /// Returns a text of the given size in bytes. Waits first, so that the server can read the other requests.
    func large(_ connection: Connection, size: Int) async throws -> String {
        try await Task.sleep(for: .seconds(3))
        returned.add(1, ordering: .relaxed)
        return String(unsafeUninitializedCapacity: size) { bytes in
            bytes.initialize(repeating: UInt8(ascii: "x"))
            return size
        }
    }

    /// Runs until the connection closes.
    func hold(_ connection: Connection) async throws { try await Task.sleep(for: .seconds(3_600)) }

    func holdText(_ connection: Connection, text: String) async throws -> Int {
        try await Task.sleep(for: .seconds(3_600))
        return text.utf8.count
    }

    func admit(_ connection: Connection, isAdmitted: Bool) { connection.isAdmitted = isAdmitted ? true : nil }

    func publish(_ connection: Connection, channel: String) throws { try connection.hub.publish("x", to: channel) }

    func countQuestions(_ connection: Connection) -> Int { questions.exchange(0, ordering: .relaxed) }

    func countReturned(_ connection: Connection) -> Int { returned.load(ordering: .relaxed) }

    var methods: RPCMethods {
        RPCMethod("count_returned", countReturned)
        RPCMethod("add", add)
        RPCMethod("large", large)
        RPCMethod("hold", hold)
        RPCMethod("hold_text", holdText)
        RPCMethod("admit", admit)
        RPCMethod("publish", publish)
        RPCMethod("count_questions", countQuestions)
    }

    var channels: ChannelRules {
        ChannelRule("feed.**").requires(
            Check("is admitted") { [self] connection in
                questions.add(1, ordering: .relaxed)
                return connection.isAdmitted == true
            })
        ChannelRule("room.*").announcesMembers()
        ChannelRule("quiet.*")
    }
}
