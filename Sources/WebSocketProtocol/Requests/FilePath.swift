/// A path of a URL below a folder.
///
/// Each segment is decoded once, and must then be a plain name. Nothing is accepted that a file system or another
/// decoder could interpret as a parent folder, a separator or the end of the path.
package struct FilePath: Sendable, Equatable {
    /// The maximum length of a name; no file system supports longer names.
    private static let longestName = 255

    /// The names of folders, followed by the name of a file unless ``isFolder`` is true.
    package let names: [String]
    /// Whether the path ends with a slash.
    package let isFolder: Bool

    /// Reads the part of a path after the prefix of a folder.
    ///
    /// Nil if a segment is empty, begins with a dot (`.`, `..` and hidden files), or contains a separator, a backslash
    /// or a control character. Nil also if a segment is not valid UTF-8 (RFC 3629, which excludes overlong forms) or is
    /// not encoded correctly.
    /// - Parameter path: The percent-encoded path; empty, or beginning with a slash.
    package init?(_ path: Substring) {
        var segments = path.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
        guard segments.first?.isEmpty == true else { return nil }
        segments.removeFirst()
        isFolder = segments.last?.isEmpty == true
        if isFolder { segments.removeLast() }
        var names: [String] = []
        for segment in segments {
            guard let name = PercentEncoding.decode(Substring(segment)), Self.isPlain(name) else { return nil }
            names.append(name)
        }
        self.names = names
    }

    private static func isPlain(_ name: String) -> Bool {
        guard let first = name.utf8.first, first != UInt8(ascii: "."), name.utf8.count <= longestName else {
            return false
        }
        return name.utf8.allSatisfy { byte in
            byte >= 0x20 && byte != 0x7F && byte != UInt8(ascii: "/") && byte != UInt8(ascii: "\\")
        }
    }
}
