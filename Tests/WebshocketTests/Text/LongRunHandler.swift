import Webshocket

/// Texts with runs of one Unicode scalar.
enum Runs {
    static func of(_ scalar: Unicode.Scalar, _ count: Int) -> String {
        String(String.UnicodeScalarView(repeatElement(scalar, count: count)))
    }

    /// A text at the limit of 30 combining marks in a row.
    static let short = "a" + of("\u{301}", 30)
    /// A text with one mark above the limit.
    static let long = "a" + of("\u{301}", 31)

    /// Values with a text above the limit, each at a different place.
    static let longValues: [WireValue] = [
        .string(long), .string("a" + of("\u{344}", 15) + "\u{316}"), .string("é" + of("\u{301}", 30)),
        .string(of("\u{1F1E6}", 257)), [.string(long)], [long: 1], ["key": .string(long)], ["a": [["b": [long: nil]]]],
    ]

    /// Values with a text at the limit.
    static let shortValues: [WireValue] = [
        .string(short), .string("a" + of("\u{344}", 15)), .string("é" + of("\u{301}", 29)),
        .string(of("\u{1F1E6}", 256)), [short: 1], [.string(short), .string(short)],
    ]
}

/// A handler that returns, streams and pushes text, and records the packets received.
struct LongRunHandler: WebSocketHandler {
    let access = Access.everyone
    let received = Collected<Packet>()

    func echo(_ connection: Connection, value: WireValue) -> WireValue { value }
    func long(_ connection: Connection) -> [String: String] { ["text": Runs.long] }
    func push(_ connection: Connection) throws { try connection.send(Runs.long) }

    var methods: RPCMethods {
        RPCMethod("echo", echo)
        RPCMethod("named") { (_: Connection, text: String) in text }
        RPCMethod("long", long)
        RPCMethod("push", push)
        RPCMethod("elements") { (_: Connection) in
            AsyncStream<String> { continuation in
                continuation.yield("first")
                continuation.yield(Runs.long)
                continuation.yield("last")
                continuation.finish()
            }
        }
    }

    nonisolated(nonsending) func onReceive(_ connection: Connection, packet: Packet) async throws {
        received.append(packet)
        try connection.send("received")
    }
}
