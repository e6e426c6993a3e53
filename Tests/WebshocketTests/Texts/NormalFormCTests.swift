import Testing
import Webshocket

@Suite("Normalization Form C")
struct NormalFormCTests {
    private static let pairs: [(composed: Unicode.Scalar, first: Unicode.Scalar, second: Unicode.Scalar)] =
        CompositionTable.compositions.split(separator: ",").compactMap { entry in
            let scalars = entry.split(separator: " ").compactMap { UInt32($0, radix: 16).flatMap(Unicode.Scalar.init) }
            return scalars.count == 3 ? (scalars[0], scalars[1], scalars[2]) : nil
        }

    private static func text(_ scalars: Unicode.Scalar...) -> String {
        var view = String.UnicodeScalarView()
        view.append(contentsOf: scalars)
        return String(view)
    }

    @Test("each composition in the table matches the standard library")
    func compositions() {
        #expect(Self.pairs.count == 961)
        for pair in Self.pairs {
            let (composed, apart) = (Self.text(pair.composed), Self.text(pair.first, pair.second))
            #expect(composed == apart, "\(String(pair.composed.value, radix: 16))")
            #expect(NormalFormC.contains(composed) && !NormalFormC.contains(apart))
        }
    }

    /// The standard library compares strings in Normalization Form C, so its order shows whether a pair of scalars
    /// composes.
    @Test("finds each pair of scalars that composes in the standard library")
    func pairs() {
        let seconds = Set(Self.pairs.map(\.second)).union(
            [0x1161, 0x11A8, 0x334, 0x345].compactMap(Unicode.Scalar.init))
        let firsts =
            (0x41...0x24F).compactMap(Unicode.Scalar.init) + Self.pairs.map(\.first) + Self.pairs.map(\.composed)
        for first in Set(firsts) {
            let (text, end) = (Self.text(first), Self.text(first) + "\u{10FFFF}")
            for second in seconds {
                let both = Self.text(first, second)
                let staysApart = text < both && both < end
                #expect(staysApart || !NormalFormC.contains(both), "\(first.value) \(second.value)")
            }
        }
    }

    @Test("equal texts have one composed form")
    func uniqueness() {
        var random = SystemRandomNumberGenerator()
        let alphabet: [Unicode.Scalar] =
            Self.pairs.map(\.first) + Self.pairs.map(\.second) + ["a", "\u{1100}", "\u{1161}"]
        for _ in 0..<5_000 {
            let scalars = (0..<Int.random(in: 1...6, using: &random)).map { _ in
                alphabet.randomElement(using: &random) ?? "a"
            }
            guard !scalars.contains(where: \.properties.isFullCompositionExclusion) else { continue }
            let composed = NormalFormC.composed(scalars)
            var (before, after) = (String.UnicodeScalarView(), String.UnicodeScalarView())
            before.append(contentsOf: scalars)
            after.append(contentsOf: composed)
            #expect(String(before) == String(after), "\(scalars.map(\.value))")
            #expect(NormalFormC.contains(String(after)), "\(scalars.map(\.value))")
            #expect(NormalFormC.composed(composed) == composed)
        }
    }

    @Test(
        "rejects scalars that always decompose", arguments: ["\u{212A}", "\u{212B}", "\u{37E}", "\u{958}", "\u{F900}"])
    func exclusions(text: String) {
        #expect(!NormalFormC.contains(text))
    }

    @Test("a long text of marks is checked quickly")
    func long() {
        let text = "a" + String(String.UnicodeScalarView((0..<10_000).map { $0 % 2 == 0 ? "\u{301}" : "\u{323}" }))
        #expect(!NormalFormC.contains(text))
    }
}
