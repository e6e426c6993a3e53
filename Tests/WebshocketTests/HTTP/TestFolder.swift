import Foundation

/// A temporary folder of files to serve, and a folder beside it that is not served. Both are removed at deinit.
final class TestFolder: Sendable {
    let path: String
    private let parent: URL

    init() throws {
        parent = FileManager.default.temporaryDirectory.appending(path: "files-\(UUID().uuidString)")
        let folder = parent.appending(path: "public")
        path = folder.path
        try FileManager.default.createDirectory(
            at: folder.appending(path: "sub"), withIntermediateDirectories: true)
        try FileManager.default.createDirectory(at: folder.appending(path: "c+d"), withIntermediateDirectories: true)
        try write("<h1>index", to: "index.html")
        try write("p { color: red }", to: "style.css")
        try write("sub page", to: "sub/index.html")
        try write("é", to: "a b.txt")
        try write("hidden", to: ".env")
        try write("secret", to: "../secret.txt")
        try write("sibling", to: "../public-2.txt")
        for (name, place) in [
            ("out.txt", "../secret.txt"), ("in.txt", "style.css"), ("loop", "loop"), ("outside", ".."),
            ("gone", "nowhere"),
        ] {
            try FileManager.default.createSymbolicLink(
                atPath: "\(path)/\(name)", withDestinationPath: place)
        }
        mkfifo("\(path)/pipe", 0o600)
        try FileManager.default.createDirectory(at: folder.appending(path: "empty"), withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(at: parent) }

    func write(_ text: String, to name: String) throws { try write(Data(text.utf8), to: name) }

    func write(_ data: Data, to name: String) throws {
        try data.write(to: URL(filePath: "\(path)/\(name)").standardizedFileURL)
    }

    /// Truncates a file in place, without replacing it.
    func cut(_ name: String, to size: off_t) { truncate("\(path)/\(name)", size) }
}
