import Testing

@Suite("The README")
struct ReadmeTests {
    private static func lines() throws -> [Substring] {
        try SourceTree.text(of: "README.md").split(separator: "\n", omittingEmptySubsequences: false)
    }

    @Test("has at most 300 lines, and shows the installation in the first 80")
    func length() throws {
        let lines = try Self.lines()
        #expect(lines.count <= 300)
        for text in ["apt-get install", ".package(url:", ".product(name:"] {
            let line = try #require(lines.firstIndex { $0.contains(text) }, "\(text)")
            #expect(line < 80, "\(text)")
        }
    }

    @Test("starts a server with its first command, and the tests with its second")
    func commands() throws {
        let commands = try Snippet.all(language: "sh").filter { $0.document == "README.md" }
        #expect(commands.map(\.mark).prefix(2) == ["run: serve", "run: tests"])
    }

    @Test("links to files that exist", arguments: ["README.md", "Protocol.md", "CONTRIBUTING.md"])
    func links(document: String) throws {
        let text = try SourceTree.text(of: document)
        let files = try Set(SourceTree.files().map(\.path))
        for match in text.matches(of: /\]\(([^)#\s]+)(#[^)]*)?\)/) where !match.1.contains("://") {
            let path = String(match.1)
            #expect(files.contains(path) || files.contains { $0.hasPrefix("\(path)/") }, "\(document): \(path)")
        }
    }
}
