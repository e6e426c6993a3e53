/// Where a path of a URL leads below a folder.
///
/// Each segment is decoded once and is then one name, or the path leads nowhere: nothing that a file system, an other
/// decoder or an other alphabet could take for a way up, a separator or an end gets through.
package struct FilePath: Sendable, Equatable {
    /// Longer names are on no file system.
    private static let longestName = 255

    /// Names of folders and, unless ``isFolder``, of a file at the end.
    package let names: [String]
    /// Whether the path ends with a slash.
    package let isFolder: Bool

    /// Reads what stands behind the prefix of a folder.
    ///
    /// Nil for an empty segment within it, one that is `.` or `..` or begins with a dot (such files are hidden), one
    /// that has a separator, a backslash or a control character in it, is no UTF-8 (RFC 3629, which rules longer forms
    /// out), or is not well encoded.
    /// - Parameter path: percent-encoded; empty, or beginning with a slash.
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
