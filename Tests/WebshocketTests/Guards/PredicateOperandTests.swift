import Testing
import Webshocket

extension SessionKey<Bool> {
    fileprivate static let isAdmin = SessionKey("isAdmin")
}

extension SessionKey<String> {
    fileprivate static let team = SessionKey("team")
}

extension SessionKey<Int> {
    fileprivate static let level = SessionKey("level")
}

extension SessionKey<Double> {
    fileprivate static let score = SessionKey("score")
}

extension SessionKey<[String]> {
    fileprivate static let tags = SessionKey("tags")
}

@Suite("Operands of predicates")
struct PredicateOperandTests {
    private func expect<Content: SessionScalar>(
        _ content: Content, areKeptAs value: WireValue, sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        let predicates: [any SessionPredicate] = [
            IsEqual("x", content), IsLess("x", content), IsGreater("x", content), IsAtLeast("x", content),
            IsAtMost("x", content),
        ]
        let key = SessionKey<Content>("x")
        let keyed: [any SessionPredicate] = [
            IsEqual(key, content), IsLess(key, content), IsGreater(key, content), IsAtLeast(key, content),
            IsAtMost(key, content),
        ]
        let wanted: [SessionCondition] = [
            .equal("x", value), .comparison("x", .less, value), .comparison("x", .greater, value),
            .comparison("x", .atLeast, value), .comparison("x", .atMost, value),
        ]
        #expect(predicates.map(\.condition) == wanted, sourceLocation: sourceLocation)
        #expect(keyed.map(\.condition) == wanted, sourceLocation: sourceLocation)
        #expect(try WireValue(encoding: content) == value, sourceLocation: sourceLocation)
    }

    @Test("operands may be scalars of any type, and equal the stored attribute")
    func scalars() throws {
        try expect("red", areKeptAs: .string("red"))
        try expect(true, areKeptAs: .bool(true))
        try expect(1.5, areKeptAs: .double(1.5))
        try expect(Float(0.1), areKeptAs: .double(Double(Float(0.1))))
        try expect(Timestamp(seconds: 7), areKeptAs: .timestamp(Timestamp(seconds: 7)))
        try expect(Int.min, areKeptAs: .int(.min))
        try expect(Int8.min, areKeptAs: .int(-128))
        try expect(Int16.min, areKeptAs: .int(-32_768))
        try expect(Int32.min, areKeptAs: .int(-2_147_483_648))
        try expect(Int64.min, areKeptAs: .int(.min))
        try expect(UInt.max, areKeptAs: .uint(.max))
        try expect(UInt8.max, areKeptAs: .int(255))
        try expect(UInt16.max, areKeptAs: .int(65_535))
        try expect(UInt32.max, areKeptAs: .int(4_294_967_295))
        try expect(UInt64.max, areKeptAs: .uint(.max))
        try expect(UInt64(Int64.max) + 1, areKeptAs: .uint(1 << 63))
        try expect(UInt64(Int64.max), areKeptAs: .int(.max))
    }

    @Test("operands may be variables")
    func variables() {
        let (team, level, small, score, flag) = ("red", 7, UInt8(7), 1.5, false)
        let attributes: [String: WireValue] = ["team": "red", "level": 7, "score": 1.5, "isAdmin": false]
        #expect(IsEqual("team", team).holds(attributes) && IsAtLeast("team", team).holds(attributes))
        #expect(IsEqual("level", level).holds(attributes) && IsAtMost("level", level).holds(attributes))
        #expect(IsEqual("level", small).holds(attributes) && !IsLess("level", small).holds(attributes))
        #expect(IsEqual("score", score).holds(attributes) && !IsGreater("score", score).holds(attributes))
        #expect(IsEqual("isAdmin", flag).holds(attributes) && !IsAtLeast("isAdmin", flag).holds(attributes))
        let wide = UInt64.max
        #expect(IsLess("level", wide).holds(attributes) && IsEqual("level", wide).holds(["level": .uint(.max)]))
        #expect(!IsEqual("level", wide).holds(["level": .double(0x1p64)]))
        let value: WireValue = [1, 2]
        #expect(IsEqual("list", value).holds(["list": [1, 2]]))
        #expect(IsEqual("team", "\(team)").holds(attributes))
    }

    @Test("operands may be literals of every kind")
    func literals() {
        #expect(IsEqual("x", "red").condition == .equal("x", .string("red")))
        #expect(IsEqual("x", 3).condition == .equal("x", .int(3)))
        #expect(IsEqual("x", -1.5).condition == .equal("x", .double(-1.5)))
        #expect(IsEqual("x", true).condition == .equal("x", .bool(true)))
        #expect(IsEqual("x", nil).condition == .equal("x", .null))
        #expect(IsEqual("x", [1, 2]).condition == .equal("x", .array([.int(1), .int(2)])))
        #expect(IsEqual("x", ["a": 1]).condition == .equal("x", .map(["a": .int(1)])))
        #expect(IsEqual("x", .uint(.max)).condition == .equal("x", .uint(.max)))
        #expect(IsLess("x", 3).condition == .comparison("x", .less, .int(3)))
        #expect(IsGreater("x", "a").condition == .comparison("x", .greater, .string("a")))
        #expect(IsAtLeast("x", 1.5).condition == .comparison("x", .atLeast, .double(1.5)))
        #expect(IsAtMost("x", nil).condition == .comparison("x", .atMost, .null))
    }

    @Test("typed keys and their names are equivalent")
    func keys() {
        #expect(Is(.isAdmin) == Is("isAdmin"))
        #expect(Has(.team) == Has("team") && Has(.tags) == Has("tags"))
        #expect(IsEqual(.team, "red") == IsEqual("team", "red"))
        #expect(IsEqual(.isAdmin, false) == IsEqual("isAdmin", false))
        #expect(IsAtLeast(.level, 3) == IsAtLeast("level", 3) && IsLess(.level, 3) == IsLess("level", 3))
        #expect(IsAtMost(.score, 3) == IsAtMost("score", 3.0) && IsGreater(.score, 1.5) == IsGreater("score", 1.5))
        let guarded = Is(.isAdmin) && !Has(.tags) || IsEqual(.team, "red")
        #expect(guarded.description == #"Is("isAdmin") && !Has("tags") || IsEqual("team", "red")"#)
    }

    @Test("AnyOf and AllOf take arrays of predicates")
    func arrays() {
        let names = ["a", "b", "c"]
        #expect(AnyOf(names.map { Is($0) }).condition == .any([.isTrue("a"), .isTrue("b"), .isTrue("c")]))
        #expect(AllOf(names.map { Has($0) }) == AllOf(Has("a"), Has("b"), Has("c")))
        #expect(AnyOf(names.map { IsEqual("team", $0) }).holds(["team": "b"]))
        let predicates: [any SessionPredicate] = [Is("a"), Has("b"), IsEqual("c", 1)]
        #expect(AllOf(predicates).holds(["a": true, "b": nil, "c": 1]))
        #expect(predicates.dropFirst().reduce(predicates[0].condition) { $0 && $1 } == AllOf(predicates).condition)
        #expect(!AnyOf([]).holds([:]) && AllOf([]).holds([:]))
    }
}
