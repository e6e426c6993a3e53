import Testing

@Suite("The table of features")
struct FeatureTableTests {
    static func files() throws -> [String: SourceTree.File] {
        let files = try SourceTree.files(in: "Tests")
        return Dictionary(files.map { ($0.path, $0) }) { first, _ in first }
    }

    @Test("has all rows of the five systems, and names existing tests")
    func table() throws {
        let files = try Self.files()
        let table = FeatureTable(try #require(files["Tests/Features.md"]))
        #expect(
            table.systems.map { "\($0.name): \($0.rows.count)" } == [
                "Webshocket (Python): 11", "RoadWebSocket: 5", "rxplus: 4", "Glyph: 5", "Hypern: 3",
            ])
        #expect(table.faults(files: files) == [])
    }

    private static let good = "| a feature | Node | `Tests/a.js`: \"it does\" |"

    @Test(
        "reports its faults",
        arguments: [
            ([good], []), ([], ["Some: 'Row' has no test"]),
            ([good, good], ["'Row': 'a feature' appears twice"]),
            (["| a feature |  | `Tests/a.js`: \"it does\" |"], ["line 7: a cell is empty, or there are too many"]),
            (["| a feature | Node |"], ["line 7: a cell is empty, or there are too many"]),
            (["| a feature | Mars | `Tests/a.js`: \"it does\" |"], ["line 7: unknown peer 'Mars'"]),
            (["| a feature | Node | a.js |"], ["line 7: no test is given"]),
            (["| a feature | Node | `Tests/b.js`: \"it does\" |"], ["line 7: Tests/b.js does not exist"]),
            (
                ["| a feature | Node | `Tests/a.js`: \"it\" |"],
                ["line 7: Tests/a.js has no test 'it'"]
            ),
            ([good, "", "### Row", "", good], ["Some: 'Row' appears twice"]),
        ] as [([String], [String])])
    func faults(lines: [String], faults: [String]) {
        let head = ["## From Some", "", "### Row", "", "| what | peer | test |", "| --- | --- | --- |"]
        let table = FeatureTable(
            SourceTree.File(path: "Features.md", text: (head + lines).map { $0 + "\n" }.joined()))
        let script = SourceTree.File(path: "Tests/a.js", text: "test(\"it does\", () => {});\n// \"it\"\n")
        #expect(table.faults(files: [script.path: script]) == faults)
    }

    @Test(
        "finds the names of tests in each language",
        arguments: [
            ("A.swift", "@Test(\"a\") func a() {}\n@Test(\n    \"b\", arguments: [\"c\"])\nlet d = \"d\"", ["a", "b"]),
            ("a.js", "test(\"a\", b);\nconst checks = {\n    async \"b\"({ client }) {},\n};\nf(\"c\");", ["a", "b"]),
            (
                "a.py", "checks.that(f\"a {b}\", c)\nfor d in [\n    (\"b\", 1),\n]:\n    # \"c\"\n    d[\"d\"]",
                ["a {b}", "b"]
            ),
        ] as [(String, String, Set<String>)])
    func names(path: String, text: String, names: Set<String>) {
        #expect(SourceTree.File(path: path, text: text).testNames == names)
    }
}
