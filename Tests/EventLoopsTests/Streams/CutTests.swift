import Testing

import EventLoops

@Suite("A line that is cut")
struct CutTests {
    @Test("a text of as many bytes as the limit stays whole, and one byte more is cut with a mark")
    func edge() {
        let text = String(repeating: "x", count: 40)
        #expect(text.cut(toUTF8: 40) == text)
        let cut = (text + "x").cut(toUTF8: 40)
        #expect(cut == String(repeating: "x", count: 31) + "… (cut)")
        #expect(cut.utf8.count <= 40)
    }

    @Test("is cut between two scalars", arguments: ["é", "€", "😀", "e\u{301}"])
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
