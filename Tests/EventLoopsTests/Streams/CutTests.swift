import Testing

import EventLoops

@Suite("Truncated text")
struct CutTests {
    @Test("is unchanged up to the limit, and is truncated with a mark one byte above it")
    func edge() {
        let text = String(repeating: "x", count: 40)
        #expect(text.cut(toUTF8: 40) == text)
        let cut = (text + "x").cut(toUTF8: 40)
        #expect(cut == String(repeating: "x", count: 31) + "… (cut)")
        #expect(cut.utf8.count <= 40)
    }

    @Test("ends between two Unicode scalars", arguments: ["é", "€", "😀", "e\u{301}"])
    func scalars(text: String) {
        let long = String(repeating: text, count: 100)
        for limit in 20..<60 {
            let cut = long.cut(toUTF8: limit)
            #expect(cut.utf8.count <= limit && cut.hasSuffix("… (cut)"))
            #expect(!cut.unicodeScalars.contains("\u{FFFD}"))
            #expect(long.unicodeScalars.starts(with: cut.unicodeScalars.dropLast(7)))
        }
    }
}
