import Foundation

/// A Markdown document of the package whose blocks and tables the tests compare with the code.
struct Document: Sendable {
    /// The path below the package's root, such as `Protocol.md`.
    let path: String
    let text: String

    private static let root = URL(filePath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()
    private static let articles = "Sources/Webshocket/Webshocket.docc"

    init(_ path: String) throws {
        self.path = path
        text = try String(contentsOf: Self.root.appending(path: path), encoding: .utf8)
    }

    /// README.md, Protocol.md, and the articles of the DocC catalogue in the order of their names.
    static func all() throws -> [Document] {
        let folder = root.appending(path: articles).path
        let names = (FileManager.default.enumerator(atPath: folder)?.compactMap { $0 as? String } ?? [])
            .filter { $0.hasSuffix(".md") }.sorted()
        return try (["README.md", "Protocol.md"] + names.map { "\(articles)/\($0)" }).map(Document.init)
    }

    /// The cells of each table row, without the white space around them.
    var rows: [[String]] {
        text.split(separator: "\n").filter { $0.hasPrefix("| ") && $0.hasSuffix(" |") }.map { line in
            line.dropFirst(2).dropLast(2).split(separator: " | ", omittingEmptySubsequences: false)
                .map { $0.trimmingCharacters(in: .whitespaces) }
        }
    }
}
