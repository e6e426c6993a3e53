// Foundation has operators and predicates of its own, which are not to get in the way.
import Foundation
import Testing
import Webshocket

extension SessionPredicate {
    /// Asks without a connection, where no closure is to be asked.
    func holds(_ attributes: [String: Value]) -> Bool {
        condition.holds(with: attributes) { check in
            Issue.record("\(check) was asked")
            return false
        }
    }
}

@Suite("A predicate")
struct PredicateTests {
    static let attributes: [String: Value] = [
        "isAdmin": true, "isReadOnly": false, "one": 1, "yes": "true", "team": "red", "none": nil, "level": 7,
        "tags": ["a", 1],
    ]

    @Test(
        "looks at what is set, and takes nothing else for true",
        arguments: [
            (Has("isAdmin"), true), (Has("isReadOnly"), true), (Has("none"), true), (Has("nope"), false),
            (Has(""), false), (Is("isAdmin"), true), (Is("isReadOnly"), false), (Is("one"), false),
            (Is("yes"), false), (Is("none"), false), (Is("nope"), false), (Is("tags"), false),
        ] as [(any SessionPredicate, Bool)])
    func hasAndIs(predicate: any SessionPredicate, holds: Bool) {
        #expect(predicate.holds(Self.attributes) == holds)
        #expect(Not(predicate).holds(Self.attributes) == !holds)
    }

    @Test("of an attribute that is not set never holds, and its negation does", arguments: [[:], ["y": 1]])
    func unset(attributes: [String: Value]) {
        let predicates: [any SessionPredicate] = [
            Has("x"), Is("x"), IsEqual("x", nil), IsEqual("x", false), IsEqual("x", "red"), IsLess("x", 1),
            IsGreater("x", 1), IsAtLeast("x", 1), IsAtMost("x", 1), IsAtMost("x", nil),
        ]
        for predicate in predicates {
            #expect(!predicate.holds(attributes), "\(predicate)")
            #expect((!predicate).holds(attributes), "\(predicate)")
        }
    }

    @Test("of nothing holds for all of it, and not for any of it")
    func ofNothing() {
        #expect(AllOf().holds([:]))
        #expect(!AnyOf().holds([:]))
        #expect(!Not(AllOf()).holds([:]))
        #expect(AllOf(Is("a")).holds(["a": true]))
        #expect(!AnyOf(Is("a")).holds([:]))
    }

    @Test("is joined by operators, for which not comes before and, and and before or")
    func operators() {
        let mixed = Is("c")
        for bits in 0..<8 {
            let (a, b, c) = (bits & 1 != 0, bits & 2 != 0, bits & 4 != 0)
            let attributes: [String: Value] = ["a": .bool(a), "b": .bool(b), "c": .bool(c)]
            func expect(_ predicate: any SessionPredicate, _ holds: Bool) {
                #expect(predicate.holds(attributes) == holds, "\(predicate) for \(a), \(b), \(c)")
            }
            expect(Is("a") && Is("b"), a && b)
            expect(Is("a") || Is("b"), a || b)
            expect(!Is("a"), !a)
            expect(Is("a") && !Is("b"), a && !b)
            expect(Is("a") || Is("b") && Is("c"), a || b && c)
            expect((Is("a") || Is("b")) && mixed, (a || b) && c)
            expect(!(Is("a") || Is("b")) && !(!Is("c")), !(a || b) && c)
            expect(!(Is("a") && Is("b") && Is("c")), !(a && b && c))
            expect(AnyOf(Is("a"), AllOf(IsEqual("b", true), Not(Is("c")))), a || b && !c)
            expect(AllOf(AnyOf(Is("a"), Has("nope")), mixed), a && c)
        }
    }

    @Test("asks in order, and no further than it must")
    func shortCircuit() throws {
        func asked(_ predicate: any SessionPredicate) -> [String] {
            var names: [String] = []
            _ = predicate.condition.holds(with: ["yes": true]) { check in
                names.append(check.name)
                return check.name == "true"
            }
            return names
        }
        let yes = Check("true") { _ in true }
        let no = Check("false") { _ in false }
        #expect(asked(no && yes) == ["false"])
        #expect(asked(yes && no && yes) == ["true", "false"])
        #expect(asked(yes || no) == ["true"])
        #expect(asked(no || yes || no) == ["false", "true"])
        #expect(asked(Is("yes") || yes) == [])
        #expect(asked(!Is("yes") && yes) == [])
        #expect(asked(no || (Is("yes") && !no)) == ["false", "false"])
    }

    @Test("can be taken apart")
    func inspection() {
        let paying = Check("is paying") { _ in true }
        guard case .check(let check) = paying.condition else {
            Issue.record("\(paying) is no check")
            return
        }
        #expect(check.name == "is paying")
        let guarded = Is("isAdmin") && !Has("ban") && (IsLess("level", 3) || paying)
        #expect(
            guarded
                == .all([
                    .isTrue("isAdmin"), .not(.has("ban")), .any([.comparison("level", .less, 3), .check(check)]),
                ]))
        #expect(SessionCondition.Comparison.atMost.rawValue == "<=")
    }

    @Test("equals one that is built alike, but a closure only its own copies")
    func equality() {
        #expect((Is("a") && Is("b")) == AllOf(Is("a"), Is("b")).condition)
        #expect((Is("a") && Is("b")) != (Is("b") && Is("a")))
        #expect(IsEqual("a", 1) != IsEqual("a", 2))
        let check = Check("same") { _ in true }
        let copy = check
        #expect(check == copy)
        #expect(check != Check("same") { _ in true })
        #expect(Set([check, copy, check]).count == 1)
    }
}
