/// Finds the comments and string literals of a source file.
///
/// It does not parse the language, so it can misread a quotation mark in a regular expression. Such an error ends with
/// its line, because only the literals that may span lines continue on the next one.
struct ProseExtractor {
    private let bytes: [UInt8]
    private let syntax: SourceSyntax
    private var index = 0
    private var line = 1
    private var lineHasCode = false
    private var blocks: [ProseBlock] = []
    /// Comment lines that the next line may continue.
    private var comment: [ProseLine] = []
    /// The last byte outside of comments that is not a space.
    private var previous: UInt8 = 0

    static func blocks(of bytes: [UInt8], syntax: SourceSyntax) -> [ProseBlock] {
        var extractor = ProseExtractor(bytes: bytes, syntax: syntax)
        extractor.read()
        return extractor.blocks
    }

    private init(bytes: [UInt8], syntax: SourceSyntax) {
        self.bytes = bytes
        self.syntax = syntax
    }

    private func byte(after offset: Int) -> UInt8 { index + offset < bytes.count ? bytes[index + offset] : 0 }

    private mutating func read() {
        if byte(after: 0) == UInt8(ascii: "#"), byte(after: 1) == UInt8(ascii: "!") { skipLine() }
        while index < bytes.count {
            let byte = bytes[index]
            if byte == .newline {
                endLine()
            } else if byte.isBlank || byte.isWordByte {
                if !byte.isBlank { noteCode(byte) }
                index += 1
            } else if startsLineComment(byte) {
                readLineComment()
            } else if syntax.hasBlockComments, byte == .slash, self.byte(after: 1) == .star {
                readBlockComment()
            } else if syntax.quotes.contains(byte) {
                readLiteral(quote: byte, hashes: 0)
            } else if syntax.hasRawStrings, byte == .hash, let hashes = rawStringHashes() {
                index += hashes
                readLiteral(quote: .quote, hashes: hashes)
            } else if syntax.hasRegularExpressions, byte == .slash, !precededByValue {
                skipRegularExpression()
            } else {
                noteCode(byte)
                index += 1
            }
        }
        endComment()
    }

    private mutating func noteCode(_ byte: UInt8) {
        previous = byte
        lineHasCode = true
    }

    private mutating func endLine() {
        index += 1
        line += 1
        lineHasCode = false
    }

    private mutating func skipLine() {
        while index < bytes.count, bytes[index] != .newline { index += 1 }
    }

    // MARK: - Comments

    private func startsLineComment(_ byte: UInt8) -> Bool {
        switch syntax.lineComment {
        case .slashes: byte == .slash && self.byte(after: 1) == .slash
        case .hash: byte == .hash && (index == 0 || bytes[index - 1].isBlank || bytes[index - 1] == .newline)
        case .none: false
        }
    }

    private mutating func readLineComment() {
        let marker = bytes[index]
        while index < bytes.count, bytes[index] == marker { index += 1 }
        let start = index
        skipLine()
        let text = ProseLine(number: line, bytes: Array(bytes[start..<index]))
        if lineHasCode || comment.last?.number != line - 1 { endComment() }
        comment.append(text)
        if lineHasCode { endComment() }
    }

    private mutating func endComment() {
        if !comment.isEmpty { blocks.append(ProseBlock(lines: comment)) }
        comment = []
    }

    private mutating func readBlockComment() {
        endComment()
        index += 2
        var depth = 1
        var start = index
        while index < bytes.count, depth > 0 {
            if bytes[index] == .newline {
                comment.append(ProseLine(number: line, bytes: Self.withoutStars(bytes[start..<index])))
                endLine()
                start = index
            } else if bytes[index] == .star, byte(after: 1) == .slash {
                depth -= 1
                index += 2
            } else if syntax.nestsBlockComments, bytes[index] == .slash, byte(after: 1) == .star {
                depth += 1
                index += 2
            } else {
                index += 1
            }
        }
        let end = max(start, depth == 0 ? index - 2 : index)
        comment.append(ProseLine(number: line, bytes: Self.withoutStars(bytes[start..<end])))
        endComment()
    }

    private static func withoutStars(_ line: ArraySlice<UInt8>) -> [UInt8] {
        let text = line.drop(while: \.isBlank)
        return text.first == .star ? Array(text.drop { $0 == .star }) : Array(text)
    }

    // MARK: - String literals

    /// The number of hash marks before the quotation mark of a raw string; nil if this is not one.
    private func rawStringHashes() -> Int? {
        var count = 0
        while byte(after: count) == .hash { count += 1 }
        return byte(after: count) == .quote ? count : nil
    }

    private mutating func readLiteral(quote: UInt8, hashes: Int) {
        noteCode(quote)
        let isTriple = syntax.tripleQuotes.contains(quote) && byte(after: 1) == quote && byte(after: 2) == quote
        index += isTriple ? 3 : 1
        let spansLines = isTriple || quote == .backtick
        var lines: [ProseLine] = []
        var text: [UInt8] = []
        while index < bytes.count {
            let byte = bytes[index]
            if byte == .newline {
                if !spansLines { break }
                lines.append(ProseLine(number: line, bytes: text))
                text = []
                endLine()
            } else if byte == quote, closes(quote, isTriple: isTriple, hashes: hashes) {
                index += (isTriple ? 3 : 1) + hashes
                break
            } else if let end = interpolationEnd(quote: quote, hashes: hashes) {
                text.append(ProseBlock.code)
                skip(to: end)
            } else if byte == .backslash, hashes == 0 {
                text.append(self.byte(after: 1) == UInt8(ascii: "n") ? ProseBlock.lineBreak : UInt8(ascii: " "))
                index += self.byte(after: 1) == .newline ? 1 : 2
            } else {
                text.append(byte)
                index += 1
            }
        }
        lines.append(ProseLine(number: line, bytes: text))
        lineHasCode = true
        if isTriple, syntax.hasDocumentationStrings {
            blocks.append(ProseBlock(lines: lines, isLiteral: true))
        } else {
            blocks += lines.map { ProseBlock(lines: [$0], isLiteral: true) }
        }
    }

    private func closes(_ quote: UInt8, isTriple: Bool, hashes: Int) -> Bool {
        if isTriple, byte(after: 1) != quote || byte(after: 2) != quote { return false }
        let length = isTriple ? 3 : 1
        return (0..<hashes).allSatisfy { byte(after: length + $0) == .hash }
    }

    /// The index after the interpolation that begins here; nil if none begins.
    private func interpolationEnd(quote: UInt8, hashes: Int) -> Int? {
        switch syntax.interpolation {
        case .parentheses:
            guard bytes[index] == .backslash, (0..<hashes).allSatisfy({ byte(after: 1 + $0) == .hash }),
                byte(after: 1 + hashes) == UInt8(ascii: "(")
            else { return nil }
            return end(of: UInt8(ascii: "("), UInt8(ascii: ")"), from: index + 1 + hashes)
        case .dollar:
            guard quote == .backtick, bytes[index] == UInt8(ascii: "$"), byte(after: 1) == .brace else { return nil }
            return end(of: .brace, UInt8(ascii: "}"), from: index + 1)
        case .braces:
            guard bytes[index] == .brace else { return nil }
            return end(of: .brace, UInt8(ascii: "}"), from: index)
        case .none: return nil
        }
    }

    /// The index after the bracket that closes the one at `start`; nil if there is none within 400 bytes.
    private func end(of open: UInt8, _ close: UInt8, from start: Int) -> Int? {
        var depth = 0
        for position in start..<min(bytes.count, start + 400) {
            if bytes[position] == open { depth += 1 }
            if bytes[position] == close { depth -= 1 }
            if depth == 0 { return position + 1 }
        }
        return nil
    }

    private mutating func skip(to end: Int) {
        while index < end {
            if bytes[index] == .newline { line += 1 }
            index += 1
        }
    }

    // MARK: - Regular expressions

    /// Whether a slash here divides, because a value precedes it.
    private var precededByValue: Bool {
        previous.isWordByte || previous == UInt8(ascii: ")") || previous == UInt8(ascii: "]")
    }

    private mutating func skipRegularExpression() {
        noteCode(.slash)
        index += 1
        var isInClass = false
        while index < bytes.count, bytes[index] != .newline {
            let byte = bytes[index]
            index += byte == .backslash ? 2 : 1
            if byte == UInt8(ascii: "[") { isInClass = true }
            if byte == UInt8(ascii: "]") { isInClass = false }
            if byte == .slash, !isInClass { return }
        }
    }
}

extension UInt8 {
    fileprivate static let newline = UInt8(ascii: "\n")
    fileprivate static let slash = UInt8(ascii: "/")
    fileprivate static let star = UInt8(ascii: "*")
    fileprivate static let hash = UInt8(ascii: "#")
    fileprivate static let quote = UInt8(ascii: "\"")
    fileprivate static let backslash = UInt8(ascii: "\\")
    fileprivate static let backtick = UInt8(ascii: "`")
    fileprivate static let brace = UInt8(ascii: "{")
}
