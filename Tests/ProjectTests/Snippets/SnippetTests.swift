import Testing

@Suite("A snippet of the documents")
struct SnippetTests {
    @Test("has a test", arguments: try Snippet.all())
    func isTested(_ snippet: Snippet) throws {
        let test = try #require(snippet.test, "no test runs \(snippet.testDescription)")
        let texts: [String]
        if test.files.hasSuffix("+") {
            let folder = test.files.split(separator: "/").dropLast().joined(separator: "/")
            texts = try SourceTree.files(in: folder).filter { $0.path.hasPrefix(test.files) }.map(\.text)
        } else {
            texts = [try SourceTree.text(of: test.files)]
        }
        #expect(texts.contains { $0.firstRange(of: test.text) != nil }, "\(test.files) does not contain it")
    }

    @Test("is identical to an example if its mark says so")
    func whole() throws {
        let snippets = try Snippet.all(language: "swift").filter { $0.mark?.hasPrefix("Examples/") == true }
        #expect(!snippets.isEmpty)
        for snippet in snippets {
            #expect(try SourceTree.text(of: #require(snippet.mark)) == snippet.text)
        }
    }

    @Test(
        "counts as untested without a mark, or in a language without tests",
        arguments: [
            "```swift", "```ruby", "```", "```transcript xml", "<!-- run: it -->\n```ruby", "<!-- it -->\n```sh",
        ])
    func unknown(opening: String) {
        let snippets = Snippet.all(in: "\(opening)\nlet a = 1\n```\n", of: "README.md")
        #expect(snippets.count == 1 && snippets.allSatisfy { $0.text == "let a = 1\n" && $0.test == nil })
    }

    @Test("is found with its mark, its line and its text")
    func parsing() {
        let text = "Text:\n\n<!-- run: it -->\n```sh\none\n\ntwo\n```\n\n<!-- far -->\n\n```json\n{}\n```\n"
        let snippets = Snippet.all(in: text, of: "a.md")
        #expect(snippets.map(\.testDescription) == ["a.md:4 (sh, run: it)", "a.md:12 (json, no mark)"])
        #expect(snippets.map(\.text) == ["one\n\ntwo\n", "{}\n"])
    }
}
