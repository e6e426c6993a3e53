import Testing
import WebSocketProtocol

@Suite("A path below a folder")
struct FilePathTests {
    @Test(
        "has one name for each segment, decoded once",
        arguments: [
            ("", [], false), ("/", [], true), ("/a", ["a"], false), ("/a/b.css", ["a", "b.css"], false),
            ("/a/", ["a"], true), ("/a%20b", ["a b"], false), ("/%C3%A9", ["é"], false), ("/a..b", ["a..b"], false),
            ("/%252e%252e", ["%2e%2e"], false), ("/a+b", ["a+b"], false), ("/-", ["-"], false),
            ("/a:b", ["a:b"], false),
        ] as [(String, [String], Bool)])
    func names(path: String, names: [String], isFolder: Bool) {
        let read = FilePath(path[...])
        #expect(read?.names == names && read?.isFolder == isFolder)
    }

    @Test(
        "is rejected if it could leave the folder, or reach hidden files",
        arguments: [
            "a", "/..", "/../a", "/a/..", "/a/../b", "/.", "/a/./b", "//", "//a", "/a//b", "/a//",
            "/%2e%2e", "/%2E%2e/a", "/.%2e/a", "/%2e./a", "/..%2fa", "/%2fetc/passwd", "/a%2fb", "/a%5c..%5cb",
            "/..\\a",
            "/a\\b", "/%00", "/a%00.css", "/a%0a", "/%7f", "/%c0%ae%c0%ae", "/%c0%af", "/%e0%80%ae", "/%ff",
            "/%", "/%2", "/%zz", "/.git/config", "/a/.env", "/%2eenv", "/..;/a",
            "/" + String(repeating: "a", count: 256),
        ])
    func refusals(path: String) {
        #expect(FilePath(path[...]) == nil)
    }

    @Test("has names of at most 255 bytes")
    func longNames() {
        #expect(FilePath("/\(String(repeating: "a", count: 255))"[...]) != nil)
        #expect(FilePath("/\(String(repeating: "%C3%A9", count: 128))"[...]) == nil)
    }
}
