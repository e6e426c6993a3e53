import Foundation
import Testing

/// The paths and functions that CONTRIBUTING.md names.
///
/// A path is text in backticks that begins with a folder of the repository, or is the name of a document. The functions
/// of a file follow its path, as in `` `Sources/A.swift`: `read(_:)`, `end()` ``.
struct NamedCode {
    private(set) var paths: [String] = []
    private(set) var functions: [(path: String, name: String)] = []

    private static let folders = ["Sources/", "Tests/", "Examples/", ".ci/"]
    private static let documents: Set = ["README.md", "Protocol.md", "CHANGELOG.md", "Package.swift"]

    init(in text: String) {
        // Every second part is in backticks. Fenced blocks have an even number of them.
        let parts = text.split(separator: "`", omittingEmptySubsequences: false)
        var file: String?
        for (index, part) in parts.enumerated() {
            guard index % 2 == 1 else {
                let gap = part.trimmingCharacters(in: .whitespacesAndNewlines)
                // The list of functions ends with any other text.
                if ![":", ","].contains(gap) { file = nil }
                continue
            }
            let words = part.split(separator: " ").map(String.init)
            if let path = words.first, Self.isPath(path) {
                paths.append(path)
                file = path
            } else if let file, part.contains("("), words.count == 1 {
                functions.append((file, String(part)))
            }
        }
    }

    private static func isPath(_ word: String) -> Bool {
        documents.contains(word) || folders.contains { word.hasPrefix($0) }
    }
}

/// The signatures of the functions that a Swift file declares, such as `read(_:as:)`.
struct DeclaredFunctions {
    private(set) var signatures: Set<String> = []

    init(in text: String) {
        for match in text.matches(of: #/\bfunc (\w+)(?:<[^(]*>)?\(/#) {
            let labels = Self.labels(of: text[match.range.upperBound...])
            signatures.insert("\(match.output.1)(\(labels.map { "\($0):" }.joined()))")
        }
    }

    /// The labels of the parameters in a text that begins after the opening parenthesis.
    private static func labels(of text: Substring) -> [Substring] {
        var labels: [Substring] = []
        var depth = 0
        var label: Substring?
        var start = text.startIndex
        var previous: Character = " "
        for index in text.indices {
            let character = text[index]
            switch character {
            case "(", "[", "<": depth += 1
            case ">" where previous == "-": break
            case ")" where depth == 0: return labels + [label].compactMap(\.self)
            case ")", "]", ">": depth -= 1
            case ":" where depth == 0 && label == nil:
                label = text[start..<index].split(whereSeparator: \.isWhitespace).first
            case "," where depth == 0:
                labels += [label].compactMap(\.self)
                label = nil
                start = text.index(after: index)
            default: break
            }
            previous = character
        }
        return labels
    }
}

@Suite("CONTRIBUTING.md")
struct ContributingTests {
    let code: NamedCode

    init() throws { code = NamedCode(in: try SourceTree.text(of: "CONTRIBUTING.md")) }

    /// The paths that do not exist, and the functions that their file does not declare.
    private static func faults(of code: NamedCode) throws -> [String] {
        let missing = code.paths.filter {
            !FileManager.default.fileExists(atPath: SourceTree.root.appending(path: $0).path)
        }
        let undeclared = try code.functions.filter { path, name in
            guard !missing.contains(path) else { return false }
            return !DeclaredFunctions(in: try SourceTree.text(of: path)).signatures.contains(name)
        }
        return missing + undeclared.map { "\($0.path): \($0.name)" }
    }

    @Test("names only files and functions that exist")
    func exist() throws {
        #expect(code.paths.count > 100 && code.functions.count > 50)
        #expect(try Self.faults(of: code) == [])
    }

    @Test("names every module, and every folder of the library")
    func map() throws {
        let folders = try SourceTree.folders(in: "Sources").map { "Sources/\($0)" }
        let modules = ["WebshocketCore", "WebshocketServer", "WebshocketClient"]
        let parts = try modules.flatMap { module in
            try SourceTree.folders(in: "Sources/\(module)").map { "Sources/\(module)/\($0)" }
        }
        #expect((folders + parts).filter { !code.paths.contains($0) } == [])
    }

    @Test(
        "is reported if it names a file or a function that does not exist",
        arguments: [
            ("`Sources/Bytes/Buffer.swift`", ["Sources/Bytes/Buffer.swift"]),
            (
                "`Tests/ProjectTests/ContributingTests.swift`: `exist()`, `planted(_:)`. Then `other()`.",
                ["Tests/ProjectTests/ContributingTests.swift: planted(_:)"]
            ),
            ("`Tests/ProjectTests/ContributingTests.swift` declares `planted(_:)`.", []),
        ] as [(String, [String])])
    func planted(text: String, faults: [String]) throws {
        #expect(try Self.faults(of: NamedCode(in: text)) == faults)
    }

    @Test("has the labels of functions as Swift writes them")
    func labels() {
        let text = """
            func none() {}
            private func two(_ first: [Int: (Int, Int)], and second: @escaping (Int) -> Void) throws {}
            func generic<each A: B<C>>(
                _ a: repeat each A, named name: String = "a", where check: (A, B) -> Bool
            ) {}
            """
        #expect(
            DeclaredFunctions(in: text).signatures == ["none()", "two(_:and:)", "generic(_:named:where:)"])
    }
}
