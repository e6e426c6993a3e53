import Testing

@Suite("A file")
struct FileLengthTests {
    static let limit = 400
    static let languages: Set = ["swift", "c", "h", "cpp"]

    /// A longer file says why near its top: `// Long because …`.
    static func isTooLong(_ file: SourceTree.File) -> Bool {
        // The text ends with a line break, behind which `lines` has one more, empty, line.
        let count = file.lines.count - (file.text.hasSuffix("\n") ? 1 : 0)
        return count > limit && !file.lines.prefix(20).contains { $0.contains("// Long because ") }
    }

    @Test("has at most 400 lines, or says why not", arguments: ["Sources", "Tests", "Examples"])
    func lengths(folder: String) throws {
        let files = try SourceTree.files(in: folder, extensions: Self.languages)
        #expect(!files.isEmpty)
        #expect(files.filter(Self.isTooLong).map(\.path) == [])
    }

    @Test("of 401 lines is caught, of 400 or with a reason is not")
    func edge() {
        let line = "let a = 1\n"
        func file(_ text: String) -> SourceTree.File { SourceTree.File(path: "A.swift", text: text) }
        #expect(!Self.isTooLong(file(String(repeating: line, count: 400))))
        #expect(Self.isTooLong(file(String(repeating: line, count: 401))))
        #expect(!Self.isTooLong(file("// Long because it is one table.\n" + String(repeating: line, count: 400))))
    }
}
