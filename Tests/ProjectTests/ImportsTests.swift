import Testing

@Suite("The imports")
struct ImportsTests {
    @Test("are only of lower layers", arguments: try SourceTree.files(in: "Sources", extensions: ["swift"]))
    func sources(file: SourceTree.File) {
        #expect(ImportRules.package.strangers(in: file) == [])
    }

    @Test("of an example are those of a user", arguments: try SourceTree.files(in: "Examples", extensions: ["swift"]))
    func examples(file: SourceTree.File) {
        #expect(ImportRules.package.strangers(in: file) == [])
    }

    @Test("have a rule in the table for every module with Swift files")
    func everyRoomHasARule() throws {
        let rooms = try SourceTree.folders(in: "Sources").filter { room in
            try !SourceTree.files(in: "Sources/\(room)", extensions: ["swift"]).isEmpty
        }
        #expect(Set(rooms) == Set(ImportRules.package.rooms.keys))
    }

    @Test(
        "are found in every spelling",
        arguments: [
            ("import Packets", ["Packets"]),
            ("    import Packets // why", ["Packets"]),
            ("@_exported import Packets", ["Packets"]),
            ("@preconcurrency public import struct Packets.Value", ["Packets"]),
            ("import Bytes; import Packets", ["Bytes", "Packets"]),
            ("import func Glibc.exit", ["Glibc"]),
            ("// import Packets", []),
            ("let important = 1", []),
            ("/// Modules that others import.", []),
        ])
    func spelling(line: String, modules: [String]) {
        #expect(ImportRules.imports(in: line[...]) == modules)
    }

    @Test(
        "that are not allowed are reported",
        arguments: [
            ("Sources/Bytes/A.swift", "import CUV", ["1: CUV"]),
            ("Sources/Bytes/A.swift", "\nimport Foundation\n", ["2: Foundation"]),
            ("Sources/WebSocketProtocol/A.swift", "import Packets", ["1: Packets"]),
            ("Sources/Packets/A.swift", "@_exported import Webshocket", ["1: Webshocket"]),
            ("Sources/Packets/Value.swift", "import FoundationEssentials", ["1: FoundationEssentials"]),
            ("Sources/Packets/Date+Value.swift", "import FoundationEssentials", []),
            ("Sources/Packets/Date+Value.swift", "import Dispatch", ["1: Dispatch"]),
            ("Sources/Unknown/A.swift", "import Bytes", ["1: Bytes"]),
            ("Sources/EventLoops/A.swift", "import Bytes\nimport CUV\nimport Synchronization", []),
            ("Examples/Chat/main.swift", "import Packets", ["1: Packets"]),
        ])
    func stranger(path: String, text: String, expected: [String]) {
        #expect(ImportRules.package.strangers(in: SourceTree.File(path: path, text: text)) == expected)
    }
}
