import Testing
import Webshocket

@Suite("Descriptions of predicates")
struct DescriptionTests {
    @Test(
        "the description is the Swift code of the predicate",
        arguments: [
            (Has("userID"), #"Has("userID")"#), (Is("isAdmin"), #"Is("isAdmin")"#),
            (IsEqual("team", "red"), #"IsEqual("team", "red")"#), (IsEqual("team", nil), #"IsEqual("team", nil)"#),
            (IsEqual("list", [1, 2.5, "a"]), #"IsEqual("list", [1,2.5,"a"])"#),
            (IsLess("level", 3), #"IsLess("level", 3)"#), (IsGreater("level", 3), #"IsGreater("level", 3)"#),
            (IsAtLeast("level", -0.5), #"IsAtLeast("level", -0.5)"#),
            (IsAtMost("level", .uint(.max)), #"IsAtMost("level", 18446744073709551615)"#),
            (IsEqual("x", .double(.nan)), #"IsEqual("x", nan)"#),
            (Check("is paying") { _ in true }, #"Check("is paying")"#),
            (Is("isAdmin") && !Is("isReadOnly"), #"Is("isAdmin") && !Is("isReadOnly")"#),
            (Not(Is("a")), #"!Is("a")"#), (AllOf(Is("a"), Is("b")), #"Is("a") && Is("b")"#),
        ] as [(any SessionPredicate, String)])
    func code(predicate: any SessionPredicate, text: String) {
        #expect(predicate.description == text)
    }

    private static let (a, b, c) = (Is("a"), Is("b"), Is("c"))

    @Test(
        "the description has parentheses only where precedence needs them",
        arguments: [
            (a && b && c, "a && b && c"), (a && (b && c), "a && b && c"), (a || b || c, "a || b || c"),
            (a || b && c, "a || b && c"), ((a || b) && c, "(a || b) && c"), (a && (b || c), "a && (b || c)"),
            (!(a && b), "!(a && b)"), (!(a || b) || c, "!(a || b) || c"), (!(!a), "!(!a)"), (!a && !b, "!a && !b"),
            (AllOf(AllOf(a, b), c), "(a && b) && c"), (AnyOf(AnyOf(a, b), c), "(a || b) || c"),
            (AllOf(AnyOf(a), b), "AnyOf(a) && b"), (AllOf(), "AllOf()"), (AnyOf(), "AnyOf()"), (!AnyOf(), "!AnyOf()"),
            (AllOf(a || b), "AllOf(a || b)"), (AllOf() && a, "AllOf() && a"), (AnyOf(a && b), "AnyOf(a && b)"),
            (!AllOf(a && b), "!AllOf(a && b)"), (AnyOf(a && b) || c, "AnyOf(a && b) || c"),
        ] as [(any SessionPredicate, String)])
    func parentheses(predicate: any SessionPredicate, text: String) {
        var short = predicate.description
        for name in ["a", "b", "c"] { short.replace(#"Is("\#(name)")"#, with: name) }
        #expect(short == text)
    }

    @Test(
        "the description escapes control characters and quotes",
        arguments: [
            (Has("a\nb"), #"Has("a\nb")"#), (Is("a\u{1B}[2J"), #"Is("a\u{1B}[2J")"#),
            (IsEqual("a", "b\u{202E}c\r"), #"IsEqual("a", "b\u{202e}c\r")"#),
            (Has(#"a") || Is("b"#), #"Has("a\") || Is(\"b")"#),
            (Check("a\u{0}\\") { _ in true }, #"Check("a\0\\")"#),
            (IsEqual("é 😀", "\u{2028}"), #"IsEqual("é 😀", "\u{2028}")"#),
            (IsEqual("a", ["k\u{7F}": "v\n"]), #"IsEqual("a", {"k\u{7f}":"v\n"})"#),
        ] as [(any SessionPredicate, String)])
    func escapes(predicate: any SessionPredicate, text: String) {
        #expect(predicate.description == text)
    }
}
