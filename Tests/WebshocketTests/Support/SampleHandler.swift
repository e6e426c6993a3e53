import EventLoops
import Webshocket

/// A custom type for arguments and results.
struct Point: Codable, Sendable, Equatable {
    var x: Double
    var y: Double
    var label: String?
}

/// A handler with methods of each shape.
final class SampleHandler: WebSocketHandler {
    let access = Access.everyone

    struct Foreign: Error {}

    func add(_ connection: Connection, a: Int, b: Int) throws -> Int {
        let (sum, overflows) = a.addingReportingOverflow(b)
        guard !overflows else { throw RPCError("overflow", code: RPCErrorCode(rawValue: 4711)) }
        return sum
    }

    func named(_ connection: Connection, a: WireValue, b: Int) -> [String: WireValue] { ["a": a, "b": .int(Int64(b))] }
    func greet(_ connection: Connection, name: String, title: String?) -> String { "\(title ?? "Dear") \(name)" }
    func mirror(_ connection: Connection, point: Point) -> Point { Point(x: point.y, y: point.x, label: point.label) }
    func nothing(_ connection: Connection) {}
    func fails(_ connection: Connection) throws { throw RPCError("no such user") }
    func breaks(_ connection: Connection) throws { throw Foreign() }
    func slow(_ connection: Connection, milliseconds: Int) async throws -> Int {
        try await Task.sleep(for: .milliseconds(milliseconds))
        return milliseconds
    }
    func later(_ connection: Connection) async { await Task.yield() }
    func echo(_ connection: Connection, value: WireValue) -> WireValue { value }
    func infinite(_ connection: Connection) -> Double { .infinity }
    func onLoop(_ connection: Connection) async throws -> [Bool] {
        let before = connection.loop.isCurrent
        try await Task.sleep(for: .milliseconds(1))
        return [before, connection.loop.isCurrent]
    }
    func count(_ connection: Connection, n: Int) throws -> AsyncStream<Int> {
        guard n >= 0 else { throw RPCError("count takes 0 or more") }
        let numbers = Locked((0..<n).makeIterator())
        return AsyncStream { numbers.withLock { $0.next() } }
    }
    func login(_ connection: Connection) -> Bool {
        connection.isAdmin = true
        return true
    }
    func secret(_ connection: Connection) -> String { "Sensitive Data" }
    func tell(_ connection: Connection, channel: String, data: WireValue) throws {
        try connection.publish(data, to: channel)
    }
    func five(_ connection: Connection, a: Int, b: String, c: Bool, d: Double, e: [Int]) -> String {
        "\(a) \(b) \(c) \(d) \(e)"
    }

    func typing(_ connection: Connection, room: String) throws {
        guard room != "" else { throw RPCError("no such room") }
        try connection.send(room, event: "typing")
    }

    var messages: MessageHandlers {
        OnEvent("typing", typing)
    }

    var methods: RPCMethods {
        RPCMethod("add", add, parameters: "a", "b")
        RPCMethod("named", named, parameters: "a", Parameter("b", default: 2))
        RPCMethod("greet", greet, parameters: "name", "title")
        RPCMethod("mirror", mirror)
        RPCMethod("nothing", nothing)
        RPCMethod("fails", fails)
        RPCMethod("breaks", breaks)
        RPCMethod("slow", slow)
        RPCMethod("later", later)
        RPCMethod("echo", echo)
        RPCMethod("infinite", infinite)
        RPCMethod("onLoop", onLoop)
        RPCMethod("count", count)
        RPCMethod("login", login)
        RPCMethod("secret", secret).requires(Is("isAdmin"))
        RPCMethod("five", five)
        RPCMethod("tell", tell)
    }

    var channels: ChannelRules {
        ChannelRule("news")
        ChannelRule("scores.*")
        ChannelRule("chat.*").allowsPublishing().announcesMembers()
    }
}
