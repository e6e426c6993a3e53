/// The imports that each module may use: the layers of the package, from the bottom up.
///
/// SwiftPM lets a module import the dependencies of its dependencies. This table does not allow that.
struct ImportRules {
    /// The modules that one module may import in addition to ``everywhere``.
    struct Room {
        var modules: Set<String>
        /// Modules that only a bridge to a Foundation type may import, such as a file named `Date+….swift`.
        var inBridges: Set<String> = []
    }

    static let everywhere: Set = ["Swift", "Synchronization"]

    private static let platform: Set = ["Glibc", "Musl", "Darwin"]

    static let package = ImportRules(rooms: [
        "Bytes": Room(modules: ["CMemory"]),

        "WebSocketProtocol": Room(modules: ["Bytes", "CText", "COpenSSL", "CZlib"]),
        "Packets": Room(
            modules: ["Bytes", "CTape", "CMessagePack", "CSimdJSON"], inBridges: ["FoundationEssentials", "Foundation"]),
        "EventLoops": Room(modules: platform.union(["Bytes", "COpenSSL", "CUV"])),
        "JavaScriptClient": Room(modules: ["CJavaScriptClient"]),

        "WebshocketCore": Room(
            modules: ["Bytes", "WebSocketProtocol", "Packets", "EventLoops"],
            inBridges: ["FoundationEssentials", "Foundation"]),
        "WebshocketServer": Room(
            modules: ["WebshocketCore", "Bytes", "WebSocketProtocol", "Packets", "EventLoops", "JavaScriptClient"],
            inBridges: ["FoundationEssentials", "Foundation"]),
        "WebshocketClient": Room(
            modules: ["WebshocketCore", "Bytes", "WebSocketProtocol", "Packets", "EventLoops"],
            inBridges: ["FoundationEssentials", "Foundation"]),
        "Webshocket": Room(
            modules: ["WebSocketProtocol", "Packets", "WebshocketCore", "WebshocketServer", "WebshocketClient"]),

        "WebshocketCommand": Room(
            modules: platform.union([
                "Webshocket", "EventLoops", "CMemory", "FoundationEssentials", "Foundation",
            ])),
    ])

    /// The imports of examples. They are the modules that a user of the package imports.
    static let examples: Set = ["Webshocket", "Foundation", "FoundationEssentials", "FoundationNetworking"]

    var rooms: [String: Room]

    /// The modules that `file` imports without permission, as `line: module`; all imports if the table has no row for
    /// it.
    func strangers(in file: SourceTree.File) -> [String] {
        let allowed = Self.everywhere.union(modules(for: file))
        return file.lines.enumerated().flatMap { index, line in
            Self.imports(in: line).filter { !allowed.contains($0) }.map { "\(index + 1): \($0)" }
        }
    }

    private func modules(for file: SourceTree.File) -> Set<String> {
        let parts = file.path.split(separator: "/").map(String.init)
        guard parts.count > 2 else { return [] }
        if parts[0] == "Examples" { return Self.examples }
        guard let room = rooms[parts[1]] else { return [] }
        let isBridge = ["Data+", "Date+", "Decimal+", "URL+"].contains { file.name.hasPrefix($0) }
        return isBridge ? room.modules.union(room.inBridges) : room.modules
    }

    /// The modules that a line of Swift imports. For example, `@_exported public import struct Packets.WireValue`
    /// imports `Packets`.
    static func imports(in line: Substring) -> [String] {
        line.split(separator: ";").compactMap { statement in
            var words = statement.split(whereSeparator: \.isWhitespace)[...]
            while let word = words.first, word.hasPrefix("@") || accessLevels.contains(String(word)) {
                words = words.dropFirst()
            }
            guard words.first == "import" else { return nil }
            words = words.dropFirst()
            if let kind = words.first, kinds.contains(String(kind)), words.count > 1 { words = words.dropFirst() }
            return words.first?.split(separator: ".").first.map(String.init)
        }
    }

    private static let accessLevels: Set = ["public", "package", "internal", "fileprivate", "private"]
    private static let kinds: Set = ["typealias", "struct", "class", "enum", "protocol", "let", "var", "func", "actor"]
}
