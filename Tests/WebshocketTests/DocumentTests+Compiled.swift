import Foundation
import Testing

// Compares the Swift snippets of the documents with the functions that compile them.
extension DocumentTests {
    /// A block below a comment such as `<!-- compiled: streams -->`.
    struct CompiledSnippet: Sendable, CustomTestStringConvertible {
        let document: String
        let name: String
        let lines: [Substring]

        var testDescription: String { "\(name) in \(document)" }

        /// The lines as they stand in a function of a type, indented twice.
        var indented: String { lines.map { $0.isEmpty ? "" : "        \($0)" }.joined(separator: "\n") }

        static func all() throws -> [CompiledSnippet] {
            try Document.all().flatMap { document in
                document.text.matches(of: /<!-- compiled: (\w+) -->\n```swift\n((?s).*?)\n```\n/).map { match in
                    let lines = match.2.split(separator: "\n", omittingEmptySubsequences: false)
                    return CompiledSnippet(document: document.path, name: String(match.1), lines: lines)
                }
            }
        }
    }

    @Test("Swift snippets of the documents equal the code compiled here", arguments: try CompiledSnippet.all())
    func snippet(_ snippet: CompiledSnippet) throws {
        let folder = URL(filePath: #filePath).deletingLastPathComponent()
        let sources = try FileManager.default.contentsOfDirectory(atPath: folder.path)
            .filter { $0.hasPrefix("DocumentTests+") }
            .map { try String(contentsOf: folder.appending(path: $0), encoding: .utf8) }
        let functions: [Substring] = sources.flatMap { $0.split(separator: "    func \(snippet.name)(").dropFirst() }
            .map { $0[..<($0.firstRange(of: "\n    func ")?.lowerBound ?? $0.endIndex)] }
        try #require(!functions.isEmpty, "no function has the name \(snippet.name)")
        #expect(functions.contains { $0.contains(snippet.indented) })
    }
}
