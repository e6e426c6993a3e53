/// The comments and string literals of a language.
struct SourceSyntax: Sendable {
    enum LineComment { case slashes, hash, none }
    enum Interpolation { case parentheses, dollar, braces, none }

    var lineComment: LineComment
    var hasBlockComments = false
    var nestsBlockComments = false
    var quotes: Set<UInt8> = [UInt8(ascii: "\"")]
    /// The marks of which three open a literal that may span lines.
    var tripleQuotes: Set<UInt8> = []
    var hasDocumentationStrings = false
    var hasRawStrings = false
    var hasRegularExpressions = false
    var interpolation = Interpolation.none

    static let swift = SourceSyntax(
        lineComment: .slashes, hasBlockComments: true, nestsBlockComments: true, tripleQuotes: [UInt8(ascii: "\"")],
        hasRawStrings: true, interpolation: .parentheses)
    static let c = SourceSyntax(
        lineComment: .slashes, hasBlockComments: true, quotes: [UInt8(ascii: "\""), UInt8(ascii: "'")])
    static let css = SourceSyntax(
        lineComment: .none, hasBlockComments: true, quotes: [UInt8(ascii: "\""), UInt8(ascii: "'")])
    static let javaScript = SourceSyntax(
        lineComment: .slashes, hasBlockComments: true,
        quotes: [UInt8(ascii: "\""), UInt8(ascii: "'"), UInt8(ascii: "`")], hasRegularExpressions: true,
        interpolation: .dollar)
    static let python = SourceSyntax(
        lineComment: .hash, quotes: [UInt8(ascii: "\""), UInt8(ascii: "'")],
        tripleQuotes: [UInt8(ascii: "\""), UInt8(ascii: "'")], hasDocumentationStrings: true, interpolation: .braces)
    static let shell = SourceSyntax(lineComment: .hash, quotes: [UInt8(ascii: "\""), UInt8(ascii: "'")])
}

/// How the prose of a file is found.
enum ProseLanguage {
    case source(SourceSyntax)
    case markdown

    /// The language of a file by its extension, or by its first line if it has none; nil if the file has no prose.
    init?(_ file: SourceTree.File) {
        let name = file.name
        let ending = name.contains(".") ? name.split(separator: ".").last.map(String.init) ?? "" : ""
        switch ending {
        case "swift": self = .source(.swift)
        case "c", "h", "cpp", "hpp": self = .source(.c)
        case "css": self = .source(.css)
        case "js", "mjs", "ts": self = .source(.javaScript)
        case "py": self = .source(.python)
        case "sh", "conf", "cfg": self = .source(.shell)
        case "md": self = .markdown
        case "" where file.text.hasPrefix("#!"):
            let interpreter = file.text.prefix { $0 != "\n" }
            self = .source(interpreter.contains("python") ? .python : .shell)
        default: return nil
        }
    }

    func blocks(of bytes: [UInt8]) -> [ProseBlock] {
        switch self {
        case .source(let syntax): ProseExtractor.blocks(of: bytes, syntax: syntax)
        case .markdown: [ProseBlock(lines: Self.markdownLines(of: bytes))]
        }
    }

    /// The lines of a Markdown document without its HTML comments.
    private static func markdownLines(of bytes: [UInt8]) -> [ProseLine] {
        var isInComment = false
        return bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).enumerated().map {
            number, line in
            if !isInComment, !line.starts(with: "<!--".utf8) {
                return ProseLine(number: number + 1, bytes: Array(line))
            }
            // The package's comments in Markdown have lines of their own.
            isInComment = !line.reversed().starts(with: "-->".utf8.reversed())
            return ProseLine(number: number + 1, bytes: [])
        }
    }
}
