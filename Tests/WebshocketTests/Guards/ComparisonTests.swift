import Testing
import Webshocket

@Suite("Comparisons of attributes")
struct ComparisonTests {
    enum Outcome { case less, equal, greater, none }

    private func expect(_ one: WireValue, _ outcome: Outcome, _ two: WireValue) {
        let attributes = ["x": one]
        #expect(IsLess("x", two).holds(attributes) == (outcome == .less), "\(one) < \(two)")
        #expect(IsGreater("x", two).holds(attributes) == (outcome == .greater), "\(one) > \(two)")
        #expect(IsAtMost("x", two).holds(attributes) == [.less, .equal].contains(outcome), "\(one) <= \(two)")
        #expect(IsAtLeast("x", two).holds(attributes) == [.greater, .equal].contains(outcome), "\(one) >= \(two)")
    }

    /// Expects an outcome in both directions. Comparable values are equal if neither is less.
    private func expectBoth(_ one: WireValue, _ outcome: Outcome, _ two: WireValue) {
        let opposite: Outcome = outcome == .less ? .greater : outcome == .greater ? .less : outcome
        expect(one, outcome, two)
        expect(two, opposite, one)
        #expect(IsEqual("x", two).holds(["x": one]) == (outcome == .equal), "\(one) == \(two)")
        #expect(IsEqual("x", one).holds(["x": two]) == (outcome == .equal), "\(two) == \(one)")
    }

    static let big = Int64(1) << 53

    @Test(
        "compares numbers by value, without rounding",
        arguments: [
            (1, .less, 2), (1, .equal, 1), (1, .equal, 1.0), (-1, .equal, -1.0), (0, .equal, -0.0),
            (1, .less, 1.5), (2, .greater, 1.5), (-1, .greater, -1.5), (-2, .less, -1.5), (0, .less, 0.5),
            (0, .greater, -0.5), (1.5, .less, 2.5), (0.1, .equal, 0.1),
            (.int(big + 1), .greater, .double(0x1p53)), (.int(big), .equal, .double(0x1p53)),
            (.int(-big - 1), .less, .double(-0x1p53)), (.int(.max), .less, .double(0x1p63)),
            (.int(.min), .equal, .double(-0x1p63)), (.int(.min), .greater, .double((-0x1p63).nextDown)),
            (.int(.max), .greater, .double((0x1p63).nextDown)), (.uint(.max), .less, .double(0x1p64)),
            (.uint(.max), .greater, .double((0x1p64).nextDown)), (.uint(1 << 63), .equal, .double(0x1p63)),
            (.uint(1 << 63 + 1), .greater, .double(0x1p63)), (.uint(5), .equal, 5), (.uint(5), .equal, 5.0),
            (.uint(5), .greater, -5.5), (.uint(0), .greater, -0.5), (.uint(5), .less, 5.5), (.uint(.max), .greater, -1),
            (.int(.max), .less, .uint(.max)), (-1, .less, .uint(0)), (.uint(1), .less, .uint(2)),
            (.int(.max), .less, .double(.infinity)), (.int(.min), .greater, .double(-.infinity)),
            (.uint(.max), .less, .double(.greatestFiniteMagnitude)), (.double(.infinity), .equal, .double(.infinity)),
            (1, .greater, .double(.leastNonzeroMagnitude)), (0, .less, .double(.leastNonzeroMagnitude)),
        ] as [(WireValue, Outcome, WireValue)])
    func numbers(one: WireValue, outcome: Outcome, two: WireValue) {
        expectBoth(one, outcome, two)
    }

    @Test(
        "NaN is never equal, less or greater",
        arguments: [.double(.nan), 0, .uint(7), 1.5, "nan", nil] as [WireValue])
    func notANumber(other: WireValue) {
        expectBoth(.double(.nan), .none, other)
    }

    @Test(
        "compares strings by their Unicode scalars",
        arguments: [
            ("a", .less, "b"), ("a", .equal, "a"), ("", .less, "a"), ("Z", .less, "a"), ("10", .less, "9"),
            ("a", .less, "aa"), ("z", .less, "é"), ("\u{FFFD}", .less, "\u{1F600}"), ("e\u{301}", .less, "\u{E9}"),
        ] as [(WireValue, Outcome, WireValue)])
    func texts(one: WireValue, outcome: Outcome, two: WireValue) {
        expectBoth(one, outcome, two)
    }

    @Test(
        "compares timestamps",
        arguments: [
            (Timestamp(seconds: 1), .less, Timestamp(seconds: 2)),
            (Timestamp(seconds: 1, nanoseconds: 5), .greater, Timestamp(seconds: 1, nanoseconds: 4)),
            (Timestamp(seconds: -1, nanoseconds: 5), .less, Timestamp(seconds: 0)),
            (Timestamp(seconds: 1), .equal, Timestamp(seconds: 1)),
        ] as [(Timestamp, Outcome, Timestamp)])
    func times(one: Timestamp, outcome: Outcome, two: Timestamp) {
        expectBoth(.timestamp(one), outcome, .timestamp(two))
    }

    @Test(
        "values of other types are not ordered, even against themselves",
        arguments: [
            nil, true, .bytes([1]), [1], ["a": 1], .ext(type: 1, bytes: []),
        ] as [WireValue])
    func others(value: WireValue) {
        expect(value, .none, value)
        for other in [1, "a", .timestamp(Timestamp(seconds: 1)), false] as [WireValue] {
            expect(value, .none, other)
            expect(other, .none, value)
        }
        #expect(IsEqual("x", value).holds(["x": value]))
    }

    @Test(
        "values of different types are not equal",
        arguments: [
            (1, true), (0, false), (1, "1"), ("", nil), (0, nil), (false, nil), ([], nil), ([1], 1), ([1], [1.0]),
            ("AQ==", .bytes([1])), ("1970-01-01T00:00:01Z", .timestamp(Timestamp(seconds: 1))), ("red", "Red"),
        ] as [(WireValue, WireValue)])
    func kinds(one: WireValue, two: WireValue) {
        #expect(!IsEqual("x", two).holds(["x": one]))
        #expect(!IsEqual("x", one).holds(["x": two]))
    }

    @Test("arrays and maps are equal if their contents are")
    func containers() {
        #expect(IsEqual("x", ["a": [1, nil, "b"]]).holds(["x": ["a": [1, nil, "b"]]]))
        #expect(!IsEqual("x", ["a": [1, nil, "b"]]).holds(["x": ["a": [1, nil]]]))
        #expect(IsEqual("x", nil).holds(["x": .null]))
    }
}
