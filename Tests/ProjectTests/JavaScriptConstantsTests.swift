import Testing
import Webshocket

/// The constants that `webshocket.js` declares at its top, as text.
struct JavaScriptConstants {
    private let source: String
    private let values: [String: Substring]

    init() throws {
        let file = try SourceTree.files(in: "Sources/JavaScriptClient").first { $0.name == "webshocket.js" }
        source = try #require(file).text
        let constants = source.matches(of: #/const (?<name>[A-Z_]+) = (?<value>[^;]+);/#)
        values = Dictionary(uniqueKeysWithValues: constants.map { (String($0.name), $0.value) })
    }

    func text(_ name: String) throws -> Substring { try #require(values[name], "no constant \(name)") }

    /// All integers in the constant's value, in order.
    func numbers(in name: String) throws -> [Int] { Self.numbers(in: try text(name)) }

    /// All integers between the only occurrence of a text and the end of its line, in order.
    func numbers(after mark: String) throws -> [Int] {
        let marks = source.ranges(of: mark)
        try #require(marks.count == 1, "\(marks.count) times: \(mark)")
        return Self.numbers(in: source[marks[0].upperBound...].prefix { $0 != "\n" })
    }

    private static func numbers(in text: Substring) -> [Int] {
        text.matches(of: #/-?[0-9][0-9_]*/#).compactMap { Int($0.output.replacing("_", with: "")) }
    }

    /// The names of the constants whose values match.
    func names(of pattern: Regex<Substring>) -> [String] {
        values.filter { $0.value.wholeMatch(of: pattern) != nil }.map(\.key).sorted()
    }
}

@Suite("The constants of the JavaScript client")
struct JavaScriptConstantsTests {
    let constants: JavaScriptConstants

    init() throws { constants = try JavaScriptConstants() }

    @Test("name all methods of the protocol, and no others")
    func methods() throws {
        let declared = constants.names(of: #/"__[a-z]+__"/#)
        #expect(declared == ProtocolMethod.allCases.map { "\($0)".uppercased() }.sorted())
        for method in ProtocolMethod.allCases {
            #expect(try constants.text("\(method)".uppercased()) == "\"\(method.name)\"")
        }
    }

    @Test("name each method only once in the file")
    func declaredOnce() throws {
        let file = try SourceTree.files(in: "Sources/JavaScriptClient").first { $0.name == "webshocket.js" }
        let text = try #require(file).text
        for method in ProtocolMethod.allCases {
            #expect(text.ranges(of: "\"\(method.name)\"").count == 1, "\(method.name)")
        }
    }

    static let errorCodes: [String: RPCErrorCode] = [
        "METHOD_NOT_FOUND": .methodNotFound, "INTERNAL_ERROR": .internalError, "RATE_LIMITED": .rateLimited,
        "ACCESS_DENIED": .accessDenied, "DEADLINE_EXCEEDED": .deadlineExceeded, "OVERLOADED": .overloaded,
        "CANCELLED": .cancelled, "REPLY_TOO_LARGE": .replyTooLarge, "SHUTTING_DOWN": .shuttingDown,
    ]

    @Test("have the values of the error codes")
    func errors() throws {
        #expect(constants.names(of: #/-32[0-9]{3}/#) == Self.errorCodes.keys.sorted())
        for (name, code) in Self.errorCodes {
            #expect(try constants.numbers(in: name) == [code.rawValue], "\(name)")
        }
    }

    @Test("list the close codes after which a client does not reconnect, and those that a message may have caused")
    func closeCodes() throws {
        let single = try constants.numbers(in: "FINAL_CLOSURES")
        let bounds = try constants.numbers(in: "FINAL_RANGES")
        let ranges = stride(from: 0, to: bounds.count, by: 2).map { bounds[$0]...bounds[$0 + 1] }
        let caused = try constants.numbers(in: "CAUSED_CLOSURES")
        let stale = try constants.numbers(in: "STALE_CLOSURES")
        for number in 1000...4999 {
            let closure = ConnectionClosure(CloseCode(rawValue: UInt16(number)))
            let isFinal = single.contains(number) || ranges.contains { $0.contains(number) }
            #expect(isFinal == (closure.outlook == .hopeless), "\(number)")
            #expect(caused.contains(number) == closure.mayBeCausedByMessage, "\(number)")
            #expect(stale.contains(number) == (closure.refusal == .time), "\(number)")
        }
    }

    @Test("have the default limits of the server")
    func limits() throws {
        let limits = ServerLimits()
        #expect(try constants.numbers(in: "LONGEST_ADVICE") == [Int(ReconnectAdvice.longest / .milliseconds(1))])
        #expect(try constants.numbers(in: "DEEPEST") == [limits.depth])
        #expect(try constants.numbers(in: "MOST_ELEMENTS") == [limits.elements])
        let parser = PacketLimits()
        #expect([parser.maxDepth, parser.maxElements] == [limits.depth, limits.elements])
    }

    @Test("have the default settings of the Swift client")
    func defaults() throws {
        func milliseconds(_ durations: Duration?...) -> [Int] {
            durations.compactMap { $0.map { Int($0 / .milliseconds(1)) } }
        }
        let (client, queue) = (ClientConfiguration(), OfflineQueueLimits())
        let retry = client.reconnect
        #expect(retry.attempts == nil)
        #expect(
            try constants.numbers(in: "RECONNECT") == milliseconds(retry.base, retry.cap, retry.healthyAfter))
        #expect(
            try constants.numbers(after: "options.offlineQueue, ")
                == [queue.items, queue.bytes] + milliseconds(queue.timeToLive))
        #expect(
            try constants.numbers(after: "options.heartbeat, ")
                == milliseconds(client.heartbeat?.interval, client.heartbeat?.timeout))
        #expect(try constants.numbers(after: "options.callTimeout ?? ") == milliseconds(client.callTimeout))
        #expect(
            try constants.numbers(after: "options.connectTimeout ?? ").prefix(1)
                == milliseconds(client.connectTimeout)[...])
        #expect(try constants.numbers(after: "{ credit = ") == [client.streamCredit])
    }

    @Test("name the options as Swift does, except those that only JavaScript has")
    func options() throws {
        let options = try constants.text("CLIENT_OPTIONS").matches(of: #/"(\w+)"/#).map { String($0.output.1) }
        let settings = Mirror(reflecting: ClientConfiguration()).children.compactMap(\.label)
        #expect(Set(options).subtracting(settings) == ["WebSocket", "patterns"])
    }
}
