import CText
import Testing

@Suite("The check of text")
struct TextCheckTests {
    private static func check(_ bytes: some Sequence<UInt8>) -> text_verdict {
        Array(bytes).withUnsafeBufferPointer { text_check($0.baseAddress, $0.count) }
    }

    private static func hasShortRuns(_ bytes: some Sequence<UInt8>) -> Bool {
        Array(bytes).withUnsafeBufferPointer { text_has_short_runs($0.baseAddress, $0.count) }
    }

    private static func run(_ scalar: Unicode.Scalar, _ count: Int) -> String {
        String(String.UnicodeScalarView(repeatElement(scalar, count: count)))
    }

    /// Texts with one scalar more than the limit. Each is accepted without its last scalar.
    static let edges: [(String, String)] = [
        ("one mark", "a" + run("\u{301}", 31)),
        ("two kinds of marks", "a" + run("\u{301}", 15) + run("\u{316}", 16)),
        ("marks at the start", run("\u{301}", 31)),
        ("marks of three bytes", "a" + run("\u{20D0}", 31)),
        ("marks of four bytes", "a" + run("\u{1E944}", 31)),
        ("marks after a letter that decomposes to one", "é" + run("\u{301}", 30)),
        ("marks after a letter that decomposes to three", "\u{1F82}" + run("\u{301}", 28)),
        ("marks that decompose to two", "a" + run("\u{344}", 15) + "\u{301}"),
        ("a mark that decomposes to two at the end", "a" + run("\u{301}", 30) + "\u{344}"),
        ("half-width sound marks, which decompose to marks", "ｶ" + run("\u{FF9E}", 31)),
        ("regional indicators", run("\u{1F1E6}", 257)),
        ("marks after ASCII of more than 32 bytes", String(repeating: "x", count: 40) + run("\u{301}", 31)),
    ]

    @Test("accepts a run at the limit and rejects a longer run", arguments: edges)
    func edge(name: String, text: String) {
        #expect(Self.check(text.utf8) == TEXT_RUN_TOO_LONG)
        #expect(!Self.hasShortRuns(text.utf8))
        let shorter = String(text.unicodeScalars.dropLast())
        #expect(Self.check(shorter.utf8) == TEXT_OK)
        #expect(Self.hasShortRuns(shorter.utf8))
    }

    @Test(
        "restarts the count at each starter",
        arguments: ["a", " ", "é", "中", "\u{34F}", "\u{1F1E6}", "😀", "\u{E000}"])
    func starter(text: String) {
        let runs = Self.run("\u{301}", 29) + text + Self.run("\u{301}", 29)
        #expect(Self.check(runs.utf8) == TEXT_OK)
        #expect(Self.check((runs + "\u{301}\u{301}\u{301}").utf8) == TEXT_RUN_TOO_LONG)
    }

    @Test(
        "restarts the count of regional indicators at each other scalar", arguments: ["a", "é", "\u{301}", "\u{200D}"])
    func flags(text: String) {
        let flags = Self.run("\u{1F1E6}", 256) + text + Self.run("\u{1F1E6}", 256)
        #expect(Self.check(flags.utf8) == TEXT_OK)
        #expect(Self.check((flags + "\u{1F1E6}").utf8) == TEXT_RUN_TOO_LONG)
    }

    @Test(
        "rejects bytes that are not UTF-8",
        arguments: [
            [0x80], [0xC0, 0x80], [0xC1, 0xBF], [0xC3], [0xC3, 0x41], [0xE0, 0x9F, 0xBF], [0xE2, 0x82],
            [0xED, 0xA0, 0x80], [0xF0, 0x8F, 0xBF, 0xBF], [0xF4, 0x90, 0x80, 0x80], [0xF5, 0x80, 0x80, 0x80],
            [0xF0, 0x9F, 0x98], [0xFF],
        ] as [[UInt8]])
    func invalid(bytes: [UInt8]) {
        #expect(Self.check(bytes) == TEXT_NOT_UTF8)
        #expect(Self.check(Array("ASCII in front of it".utf8) + bytes) == TEXT_NOT_UTF8)
        #expect(Self.hasShortRuns(bytes))
    }

    @Test("agrees with the standard library on each scalar", arguments: [0...0xFFFF, 0x10000...0x10FFFF])
    func validity(range: ClosedRange<UInt32>) {
        let refused = range.lazy.compactMap(Unicode.Scalar.init).filter { Self.check(String($0).utf8) != TEXT_OK }
        #expect(refused.map(\.value) == [])
    }

    @Test("ends a run at an invalid byte, as at a replacement character")
    func lenient() {
        let run = Array(Self.run("\u{301}", 30).utf8)
        #expect(Self.hasShortRuns(run + [0xFF] + run))
        #expect(!Self.hasShortRuns([0xFF] + run + Array("\u{301}".utf8)))
        #expect(Self.hasShortRuns(run + [0xCC]))
    }

    @Test("gives the same result for short text, which is checked inline")
    func short() {
        for length in 0...20 {
            for place in 0..<max(length, 1) {
                var bytes = [UInt8](repeating: 0x61, count: length)
                if length > 0 { bytes[place] = 0xFF }
                let verdict = bytes.withUnsafeBufferPointer { text_check_short($0.baseAddress, $0.count) }
                #expect(verdict == (length > 0 ? TEXT_NOT_UTF8 : TEXT_OK), "\(place) of \(length)")
            }
        }
    }
}
