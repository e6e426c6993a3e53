import Foundation
import Testing
import Webshocket

extension SessionKey<Bool> {
    fileprivate static let isAdmin = SessionKey("isAdmin")
}

extension SessionKey<[String: Int]> {
    fileprivate static let scores = SessionKey("scores")
}

@Suite("Session attributes", .timeLimit(.minutes(5)))
struct AttributeTests {
    @Test("an attribute can be accessed as a property, by name and by typed key")
    func spellings() async throws {
        try await Host.withConnection { connection in
            connection.isAdmin = true
            #expect(connection["isAdmin"] == true)
            #expect(connection[.isAdmin] == true)
            connection[.isAdmin] = false
            #expect(connection.isAdmin == false)
            connection["isAdmin"] = "yes"
            #expect(connection[.isAdmin] == nil)
            connection[.scores] = ["red": 2]
            connection[.scores]?["blue"] = 3
            #expect(connection["scores"] == ["red": 2, "blue": 3])

            let untyped = connection.isAdmin
            #expect(untyped == WireValue.string("yes"))
            connection.seen = (connection.seen ?? 0) + 1
            connection.seen = (connection.seen ?? 0) + 1
            #expect(connection.seen == 2)
            let team: String? = nil
            connection.team = team
            connection.list = []
            connection.mixed = [1, "two", nil]
            #expect(Set(connection.attributes.keys) == ["isAdmin", "scores", "seen", "list", "mixed"])
            #expect(connection["mixed"] == [1, "two", nil])
        }
    }

    @Test("an attribute of any type is read back unchanged")
    func types() async throws {
        try await Host.withConnection { connection in
            func expectBack<Content: Codable & Sendable & Equatable>(_ content: Content, kept: WireValue) throws {
                connection.attribute = content
                #expect(connection["attribute"] == kept)
                #expect(connection.attribute == content)
                try connection.setAttribute("attribute", to: content)
                #expect(connection["attribute"] == kept)
                #expect(try WireValue(encoding: content) == kept)
            }
            try expectBack(true, kept: .bool(true))
            try expectBack("red", kept: .string("red"))
            try expectBack(Int.min, kept: .int(.min))
            try expectBack(1.0, kept: .double(1))
            try expectBack(UInt64.max, kept: .uint(.max))
            try expectBack(Int8(-3), kept: .int(-3))
            try expectBack(Float(1.5), kept: .double(1.5))
            try expectBack([1, 2, 255] as [UInt8], kept: .bytes([1, 2, 255]))
            try expectBack(Data([1]), kept: .bytes([1]))
            try expectBack(Date(timeIntervalSince1970: 5), kept: .timestamp(Timestamp(seconds: 5)))
            try expectBack(["a": [1, nil]], kept: ["a": [1, nil]])
            try expectBack(Point(x: 1, y: 2, label: nil), kept: ["x": 1.0, "y": 2.0])
            try expectBack(WireValue.ext(type: 5, bytes: [1]), kept: .ext(type: 5, bytes: [1]))
        }
    }

    @Test(
        "an attribute of another type reads as nil, and a number as any type that can represent it",
        arguments: [
            (.bool(true), true, nil, nil, nil), ("yes", nil, "yes", nil, nil), (5, nil, nil, 5, 5),
            (5.0, nil, nil, 5, 5), (5.5, nil, nil, nil, 5.5), (.uint(.max), nil, nil, nil, 0x1p64),
            (["x": 1.0], nil, nil, nil, nil), (.null, nil, nil, nil, nil),
        ] as [(WireValue, Bool?, String?, Int?, Double?)])
    func mismatches(value: WireValue, flag: Bool?, text: String?, integer: Int?, number: Double?) async throws {
        try await Host.withConnection { connection in
            connection["it"] = value
            #expect(connection.it == flag)
            #expect(connection.it == text)
            #expect(connection.it == integer)
            #expect(connection.it == number)
            let point: Point? = connection.it
            #expect(point == nil)
            #expect(connection["it"] == value)
        }
    }

    @Test("nil removes an attribute, and removeAttributes() all of them")
    func removal() async throws {
        try await Host.withConnection { connection in
            connection.a = 1
            connection.b = 2
            connection["c"] = 3
            connection[.isAdmin] = true
            connection.a = nil
            connection["c"] = nil
            connection[.isAdmin] = nil
            #expect(connection.attributes == ["b": 2])
            try connection.setAttribute("b", to: String?.none)
            #expect(connection.attributes == [:])
            connection.b = 2
            connection.userID = "ann"
            connection.removeAttributes()
            #expect(connection.attributes == [:])
            #expect(connection.userID == nil)
            connection.b = 3
            #expect(connection.attributes == ["b": 3])
        }
    }

    @Test("an attribute set to null differs from an unset one")
    func null() async throws {
        try await Host.withConnection { connection in
            connection["a"] = .null
            connection.b = WireValue.null
            #expect(connection.attributes == ["a": nil, "b": nil])
            try connection.setAttribute("a", to: String??.some(nil))
            #expect(connection.attributes == ["b": nil])
        }
    }

    @Test("userID is the attribute of that name if it is a string")
    func userID() async throws {
        try await Host.withConnection { connection in
            #expect(connection.userID == nil)
            connection.userID = "ann"
            #expect(connection["userID"] == "ann")
            connection["userID"] = 5
            #expect(connection.userID == nil)
            connection.userID = nil
            #expect(connection["userID"] == nil)
        }
    }

    @Test("an attribute does not hide a property of the connection")
    func conflicts() async throws {
        try await Host.withConnection { connection in
            connection["path"] = "mine"
            #expect(connection.path == "/")
            #expect(connection["path"] == "mine")
            #expect(connection.attributes == ["path": "mine"])
        }
    }

    /// A type that always fails to encode.
    private struct Stubborn: Codable {
        struct Refusal: Error {}
        func encode(to encoder: any Encoder) throws { throw Refusal() }
    }

    @Test("setAttribute() throws if encoding fails, and assignment removes the attribute and logs the error")
    func unencodable() async throws {
        let lines = Collected<String>()
        var configuration = ServerConfiguration.quiet
        configuration.log = LogSink { level, line in lines.append("\(level.rawValue) \(line)") }
        let logged = Gate()
        try await Host.withConnection(configuration) { connection in
            connection.plan = "pro"
            #expect(throws: Stubborn.Refusal.self) { try connection.setAttribute("plan", to: Stubborn()) }
            #expect(connection.plan == "pro")
            connection.plan = Stubborn()
            #expect(connection.attributes == [:])
            connection.since = Date(timeIntervalSinceReferenceDate: .nan)
            #expect(connection.attributes == [:])
            // The event loop runs jobs in order, so the lines have been logged.
            connection.loop.execute { logged.open() }
            await logged.wait()
        }
        #expect(lines.values.count == 2)
        #expect(lines.values.first?.hasPrefix("error removed attribute 'plan' of connection ") == true)
        #expect(lines.values.last?.hasPrefix("error removed attribute 'since' of connection ") == true)
    }
}
