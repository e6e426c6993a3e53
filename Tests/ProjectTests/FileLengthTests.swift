import Testing

@Suite("A file")
struct FileLengthTests {
    static let limit = 400
    static let languages: Set = ["swift", "c", "h", "cpp"]

    /// Whether a file exceeds the limit and has no comment `// Long because …` near its top.
    static func isTooLong(_ file: SourceTree.File) -> Bool {
        // If the text ends with a line break, `lines` has an additional empty line at the end.
        let count = file.lines.count - (file.text.hasSuffix("\n") ? 1 : 0)
        return count > limit && !file.lines.prefix(20).contains { $0.contains("// Long because ") }
    }

    @Test("has at most 400 lines, or a comment that explains why not", arguments: ["Sources", "Tests", "Examples"])
    func lengths(folder: String) throws {
        let files = try SourceTree.files(in: folder, extensions: Self.languages)
        #expect(!files.isEmpty)
        #expect(files.filter(Self.isTooLong).map(\.path) == [])
    }

    @Test("is reported if it has 401 lines, but not with 400 lines or with an explanation")
    func edge() {
        let line = "let a = 1\n"
        func file(_ text: String) -> SourceTree.File { SourceTree.File(path: "A.swift", text: text) }
        #expect(!Self.isTooLong(file(String(repeating: line, count: 400))))
        #expect(Self.isTooLong(file(String(repeating: line, count: 401))))
        #expect(!Self.isTooLong(file("// Long because it is one table.\n" + String(repeating: line, count: 400))))
    }
}
