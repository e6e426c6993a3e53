import Testing
import Webshocket

/// The constants that `webshocket.js` declares at its top, as text.
struct JavaScriptConstants {
    private let values: [String: Substring]

    init() throws {
        let file = try SourceTree.files(in: "Sources/JavaScriptClient").first { $0.name == "webshocket.js" }
        let constants = try #require(file).text.matches(of: #/const (?<name>[A-Z_]+) = (?<value>[^;]+);/#)
        values = Dictionary(uniqueKeysWithValues: constants.map { (String($0.name), $0.value) })
    }

    func text(_ name: String) throws -> Substring { try #require(values[name], "no constant \(name)") }

    /// All integers in the constant's value, in order.
    func numbers(in name: String) throws -> [Int] {
        try text(name).matches(of: #/-?[0-9][0-9_]*/#).compactMap { Int($0.output.replacing("_", with: "")) }
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
        for number in 1000...4999 {
            let closure = ConnectionClosure(CloseCode(rawValue: UInt16(number)))
            let isFinal = single.contains(number) || ranges.contains { $0.contains(number) }
            #expect(isFinal == (closure.outlook == .hopeless), "\(number)")
            #expect(caused.contains(number) == closure.mayBeCausedByMessage, "\(number)")
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
}
