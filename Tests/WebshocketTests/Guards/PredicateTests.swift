// Imports Foundation to show that its operators and predicates cause no ambiguity.
import Foundation
import Testing
import Webshocket

extension SessionPredicate {
    /// Evaluates the predicate without a connection, and records an issue if a check is evaluated.
    func holds(_ attributes: [String: WireValue]) -> Bool {
        condition.holds(with: attributes) { check in
            Issue.record("\(check) was evaluated")
            return false
        }
    }
}

@Suite("Predicates")
struct PredicateTests {
    static let attributes: [String: WireValue] = [
        "isAdmin": true, "isReadOnly": false, "one": 1, "yes": "true", "team": "red", "none": nil, "level": 7,
        "tags": ["a", 1],
    ]

    @Test(
        "Has holds for any value, and Is only for true",
        arguments: [
            (Has("isAdmin"), true), (Has("isReadOnly"), true), (Has("none"), true), (Has("nope"), false),
            (Has(""), false), (Is("isAdmin"), true), (Is("isReadOnly"), false), (Is("one"), false),
            (Is("yes"), false), (Is("none"), false), (Is("nope"), false), (Is("tags"), false),
        ] as [(any SessionPredicate, Bool)])
    func hasAndIs(predicate: any SessionPredicate, holds: Bool) {
        #expect(predicate.holds(Self.attributes) == holds)
        #expect(Not(predicate).holds(Self.attributes) == !holds)
    }

    @Test("predicates of an unset attribute never hold, and their negations do", arguments: [[:], ["y": 1]])
    func unset(attributes: [String: WireValue]) {
        let predicates: [any SessionPredicate] = [
            Has("x"), Is("x"), IsEqual("x", nil), IsEqual("x", false), IsEqual("x", "red"), IsLess("x", 1),
            IsGreater("x", 1), IsAtLeast("x", 1), IsAtMost("x", 1), IsAtMost("x", nil),
        ]
        for predicate in predicates {
            #expect(!predicate.holds(attributes), "\(predicate)")
            #expect((!predicate).holds(attributes), "\(predicate)")
        }
    }

    @Test("an empty AllOf holds, and an empty AnyOf does not")
    func ofNothing() {
        #expect(AllOf().holds([:]))
        #expect(!AnyOf().holds([:]))
        #expect(!Not(AllOf()).holds([:]))
        #expect(AllOf(Is("a")).holds(["a": true]))
        #expect(!AnyOf(Is("a")).holds([:]))
    }

    @Test("operators have the precedence !, &&, ||")
    func operators() {
        let mixed = Is("c")
        for bits in 0..<8 {
            let (a, b, c) = (bits & 1 != 0, bits & 2 != 0, bits & 4 != 0)
            let attributes: [String: WireValue] = ["a": .bool(a), "b": .bool(b), "c": .bool(c)]
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

    @Test("checks are evaluated in order and short-circuit")
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

    @Test("conditions can be inspected")
    func inspection() {
        let paying = Check("is paying") { _ in true }
        guard case .check(let check) = paying.condition else {
            Issue.record("\(paying) is not a check")
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

    @Test("predicates of equal structure are equal, and checks equal only their copies")
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
