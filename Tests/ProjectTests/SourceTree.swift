import Foundation
import Testing

/// The package's own files, which the tests of this target read.
struct SourceTree {
    struct File: Sendable, CustomTestStringConvertible {
        /// The path below the package's root, such as `Sources/Bytes/ByteBuffer.swift`.
        let path: String
        let text: String

        var name: String { path.split(separator: "/").last.map(String.init) ?? path }
        var lines: [Substring] { text.split(separator: "\n", omittingEmptySubsequences: false) }
        var testDescription: String { path }
    }

    /// The folders of builds, virtual environments and editors, which are not part of the package.
    private static let foreign: Set = [".git", ".build", ".venv", ".swiftpm", "DerivedData", "node_modules"]

    static let root = URL(filePath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    static func text(of path: String) throws -> String {
        try String(contentsOf: root.appending(path: path), encoding: .utf8)
    }

    /// The names of the folders directly below `folder`, sorted.
    static func folders(in folder: String) throws -> [String] {
        let base = root.appending(path: folder)
        return try FileManager.default.contentsOfDirectory(atPath: base.path)
            .filter { base.appending(path: $0).isFolder }.sorted()
    }

    /// Every text file that git tracks. Outside a repository, such as in an unpacked archive, every text file below the
    /// root.
    static func trackedFiles() async throws -> [File] {
        let outcome = try await ChildProcess("git", ["-C", root.path, "ls-files", "-z"]).finish()
        guard outcome.status == 0, !outcome.output.isEmpty else { return try files() }
        return outcome.output.split(separator: "\0").compactMap { file(at: String($0)) }
    }

    /// The file at `path`; nil if it does not exist, or is not UTF-8.
    private static func file(at path: String) -> File? {
        guard let data = try? Data(contentsOf: root.appending(path: path)) else { return nil }
        return String(bytes: data, encoding: .utf8).map { File(path: path, text: $0) }
    }

    /// Every text file below `folder`, by path.
    static func files(in folder: String = "", extensions: Set<String>? = nil) throws -> [File] {
        var found: [File] = []
        var pending = folder.isEmpty ? [""] : [folder + "/"]
        while let prefix = pending.popLast() {
            for name in try FileManager.default.contentsOfDirectory(atPath: root.appending(path: prefix).path) {
                if foreign.contains(name) { continue }
                let url = root.appending(path: prefix + name)
                if url.isFolder {
                    pending.append(prefix + name + "/")
                } else if extensions.map({ $0.contains(url.pathExtension) }) ?? true, let file = file(at: prefix + name)
                {
                    found.append(file)
                }
            }
        }
        return found.sorted { $0.path < $1.path }
    }
}

extension SourceTree {
    /// The documents whose blocks are tested: the Markdown files at the root, and the articles of the DocC catalogue.
    static func documents() throws -> [File] {
        try files(extensions: ["md"]).filter { !$0.path.contains("/") || $0.path.contains(".docc/") }
    }
}

extension URL {
    /// Whether this is a folder. A link to a folder does not count, because the traversal could be endless.
    fileprivate var isFolder: Bool {
        let values = try? resourceValues(forKeys: [.isDirectoryKey, .isSymbolicLinkKey])
        return values?.isDirectory == true && values?.isSymbolicLink != true
    }
}
