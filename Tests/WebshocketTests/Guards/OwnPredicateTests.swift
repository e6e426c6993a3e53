import Testing
import Webshocket

@Suite("Custom predicates")
struct OwnPredicateTests {
    private struct IsModerator: SessionPredicate {
        var condition: SessionCondition { Is("isAdmin") || IsEqual("role", "moderator") }
    }

    private static let members: [any SessionPredicate] = [IsModerator(), Has("userID") && IsModerator()]

    @Test("a custom predicate holds if its condition does, and combines with others")
    func evaluation() {
        #expect(IsModerator().holds(["role": "moderator"]) && !IsModerator().holds(["role": "guest"]))
        #expect((!IsModerator()).holds([:]) && Not(IsModerator()).holds([:]))
        #expect(AllOf(Self.members).holds(["userID": "ann", "isAdmin": true]))
        #expect(!AllOf(Self.members).holds(["isAdmin": true]))
        #expect((IsModerator() && !Is("isBanned")).holds(["isAdmin": true]))
    }

    @Test("the description is the code of the condition")
    func description() {
        #expect(IsModerator().description == #"Is("isAdmin") || IsEqual("role", "moderator")"#)
        #expect(
            (Has("a") && IsModerator()).description == #"Has("a") && (Is("isAdmin") || IsEqual("role", "moderator"))"#)
    }

    @Test("the parts of predicates can be inspected")
    func content() {
        #expect(Has("a").name == "a" && Is("b").name == "b")
        #expect(IsEqual("a", 1).value == 1 && IsAtMost("level", 3).name == "level")
        #expect(AnyOf(Has("a"), Is("b")).conditions == [.has("a"), .isTrue("b")])
        #expect(Not(Has("a")).negated == .has("a") && Check("is paying") { _ in true }.check.name == "is paying")
    }

    @Test("custom predicates guard methods, channels, publishing and access")
    func places() {
        let predicate: any SessionPredicate = Has("userID")
        _ = RPCMethod("a") { (_: Connection) in true }.requires(predicate).requires(IsModerator())
        _ = ChannelRule("a").requires(predicate).allowsPublishing(requires: IsModerator())
        _ = Access.everyone.requires(predicate).requires(!predicate && IsModerator())
    }
}
