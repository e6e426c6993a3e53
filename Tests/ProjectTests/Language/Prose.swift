/// One line of prose, without the markers of the comment or string that contains it.
struct ProseLine {
    /// The line number in the file, from 1.
    let number: Int
    let bytes: [UInt8]
}

/// Consecutive lines that may contain sentences: a run of comment lines, a string literal, or a Markdown document.
struct ProseBlock {
    var lines: [ProseLine]
    /// Whether this is a string literal. Only its sentences of two or more words in a row count as prose.
    var isLiteral = false

    /// The bytes that stand for code, such as an interpolation, and for a line break inside a string literal.
    static let code: UInt8 = 1
    static let lineBreak: UInt8 = 2
}

/// A sentence, a heading, a list item or a table cell.
struct Sentence {
    struct Word {
        /// The word in lower case; empty for code, a URL or a number.
        let text: String
        let line: Int
        /// Whether the word follows punctuation, or begins the sentence.
        let startsClause: Bool
        /// Whether a colon follows.
        var endsWithColon = false

        var isCode: Bool { text.isEmpty }
    }

    var words: [Word] = []
    var isQuestion = false

    var wordCount: Int { words.count { !$0.isCode } }

    /// Whether two words follow each other without code between them.
    var hasTwoWordsInARow: Bool { zip(words, words.dropFirst()).contains { !$0.isCode && !$1.isCode } }

    /// The word at `index`; nil if there is none. An empty text is code.
    func word(at index: Int) -> String? { words.indices.contains(index) ? words[index].text : nil }

    /// The words around the one at `index`.
    func excerpt(around index: Int) -> String {
        words[max(0, index - 4)..<min(words.count, index + 5)].map { $0.isCode ? "…" : $0.text }.joined(separator: " ")
    }
}

/// Splits a block of prose into sentences. Code spans, fenced blocks, indented code, URLs, identifiers and quoted words
/// do not count as words.
struct SentenceReader {
    private var sentences: [Sentence] = []
    private var current = Sentence()
    private var startsClause = true
    /// The number of the current line.
    private var number = 0
    /// The number of backticks or tildes that opened the fenced block; nil outside of one.
    private var fence: (mark: UInt8, count: Int)?
    private var isInCodeSpan = false
    private var followsBlankLine = false
    private var isInIndentedCode = false

    static func sentences(of block: ProseBlock) -> [Sentence] {
        var reader = SentenceReader()
        for line in block.lines { reader.read(line, isLiteral: block.isLiteral) }
        reader.endSentence()
        return block.isLiteral ? reader.sentences.filter(\.hasTwoWordsInARow) : reader.sentences
    }

    private mutating func read(_ line: ProseLine, isLiteral: Bool) {
        let bytes = line.bytes
        var start = 0
        while start < bytes.count, bytes[start].isBlank { start += 1 }
        if start == bytes.count {
            endBlock()
            return
        }
        if readsFence(bytes, from: start) { return }
        let isItem = Self.isItem(bytes, from: start)
        if isItem { endBlock() }
        isInIndentedCode = !isLiteral && !isItem && start >= 4 && (followsBlankLine || isInIndentedCode)
        if isInIndentedCode { return }
        followsBlankLine = false
        number = line.number
        readChunks(bytes, from: start)
        if bytes[start] == UInt8(ascii: "#") || bytes[start] == UInt8(ascii: "|") { endSentence() }
    }

    private mutating func endBlock() {
        endSentence()
        isInCodeSpan = false
        followsBlankLine = true
    }

    /// Whether the line belongs to a fenced block, including its first and last line.
    private mutating func readsFence(_ bytes: [UInt8], from start: Int) -> Bool {
        let mark = bytes[start]
        var count = 0
        if mark == UInt8(ascii: "`") || mark == UInt8(ascii: "~") {
            while start + count < bytes.count, bytes[start + count] == mark { count += 1 }
        }
        if let fence {
            if mark == fence.mark, count >= fence.count { self.fence = nil }
            return true
        }
        guard count >= 3 else { return false }
        endBlock()
        fence = (mark, count)
        return true
    }

    /// Whether the line is a heading, a list item, a quotation or a row of a table.
    private static func isItem(_ bytes: [UInt8], from start: Int) -> Bool {
        let next = start + 1 < bytes.count ? bytes[start + 1] : UInt8(ascii: " ")
        switch bytes[start] {
        case UInt8(ascii: "#"), UInt8(ascii: "|"), UInt8(ascii: ">"): return true
        case UInt8(ascii: "-"), UInt8(ascii: "*"), UInt8(ascii: "+"): return next.isBlank
        case UInt8(ascii: "0")...UInt8(ascii: "9"): return next == UInt8(ascii: ".")
        default: return false
        }
    }

    // MARK: - Chunks: the texts between spaces

    private mutating func readChunks(_ bytes: [UInt8], from start: Int) {
        var index = start
        while index < bytes.count {
            let byte = bytes[index]
            if byte == UInt8(ascii: "`") {
                while index < bytes.count, bytes[index] == byte { index += 1 }
                isInCodeSpan.toggle()
                if isInCodeSpan { append("") }
            } else if isInCodeSpan || byte.isBlank {
                index += 1
            } else if byte == ProseBlock.lineBreak {
                endSentence()
                index += 1
            } else {
                var end = index
                while end < bytes.count, !bytes[end].endsChunk { end += 1 }
                readChunk(bytes, index..<end)
                index = end
            }
        }
    }

    private mutating func readChunk(_ bytes: [UInt8], _ chunk: Range<Int>) {
        var first = chunk.lowerBound
        var end = chunk.upperBound
        while first < end, !bytes[first].isWordByte {
            readPunctuation(bytes[first])
            first += 1
        }
        while end > first, !bytes[end - 1].isWordByte { end -= 1 }
        // A word in quotation marks is mentioned, not used.
        let isQuoted =
            first > chunk.lowerBound && end < chunk.upperBound && bytes[first - 1].isQuotationMark
            && bytes[end] == bytes[first - 1]
        if first < end {
            var text: [UInt8] = []
            for index in first..<end {
                let byte = bytes[index]
                // A capital inside a word is the sign of an identifier, unless the whole word is in capitals.
                let isCamelCase = index > first && byte.isCapital && !bytes[index - 1].isCapital
                guard byte.isWordByte || byte.joinsWords, !isCamelCase, !byte.isDigit, !isQuoted else {
                    text = []
                    break
                }
                text.append(byte.isCapital ? byte | 0x20 : byte)
            }
            append(String(decoding: text, as: UTF8.self))
        }
        for index in end..<chunk.upperBound { readPunctuation(bytes[index]) }
    }

    private mutating func readPunctuation(_ byte: UInt8) {
        switch byte {
        case UInt8(ascii: "."), UInt8(ascii: "!"): endSentence()
        case UInt8(ascii: "?"):
            current.isQuestion = true
            endSentence()
        case UInt8(ascii: ","), UInt8(ascii: ";"), UInt8(ascii: "("), UInt8(ascii: "\""): startsClause = true
        case UInt8(ascii: ":"):
            startsClause = true
            if !current.words.isEmpty { current.words[current.words.count - 1].endsWithColon = true }
        case UInt8(ascii: "|"): endSentence()
        case ProseBlock.code: append("")
        default: break
        }
    }

    private mutating func append(_ text: String) {
        current.words.append(Sentence.Word(text: text, line: number, startsClause: startsClause))
        startsClause = false
    }

    private mutating func endSentence() {
        if !current.words.isEmpty { sentences.append(current) }
        current = Sentence()
        startsClause = true
    }
}

extension UInt8 {
    var isBlank: Bool { self == 0x20 || self == 0x09 || self == 0x0D }
    var isCapital: Bool { self >= 0x41 && self <= 0x5A }
    var isDigit: Bool { self >= 0x30 && self <= 0x39 }
    var isWordByte: Bool { isCapital || isDigit || (self >= 0x61 && self <= 0x7A) }
    fileprivate var isQuotationMark: Bool { self == UInt8(ascii: "\"") || self == UInt8(ascii: "'") }
    fileprivate var joinsWords: Bool { self == UInt8(ascii: "-") || self == UInt8(ascii: "'") }
    fileprivate var endsChunk: Bool { isBlank || self == UInt8(ascii: "`") || self == ProseBlock.lineBreak }
}
