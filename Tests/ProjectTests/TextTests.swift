import Testing

@Suite("The text of the package")
struct TextTests {
    /// Folders at a file system's root that exist only on some machines, and hosts of package registries.
    static let folders = ["work", "farm", "root", "home", "Users"]
    static let hosts = ["pypi", "pythonhosted", "debian", "npmjs", "crates", "rubygems", "docker"]

    /// The lines of `file` that contain a path of one machine or a package registry, as `path:line`.
    static func betrayals(in file: SourceTree.File) -> [String] {
        file.lines.enumerated().filter { names(aPlaceOfOneMachine: $1) || names(aRegistry: $1) }
            .map { index, _ in "\(file.path):\(index + 1)" }
    }

    private static func names(aPlaceOfOneMachine line: Substring) -> Bool {
        let places = folders.map { "/\($0)/" } + ["/tmp" + "/wt"]
        return places.contains { place in
            line.ranges(of: place).contains { range in
                // Inside a longer path or a URL, it is another folder with the same name.
                guard range.lowerBound > line.startIndex else { return true }
                let before = line[line.index(before: range.lowerBound)]
                return !(before.isLetter || before.isNumber || "_-.)}*$~".contains(before))
            }
        }
    }

    private static func names(aRegistry line: Substring) -> Bool {
        hosts.contains { host in ["org", "com", "io"].contains { line.contains("\(host).\($0)") } }
    }

    @Test("contains no path of one machine and no package registry")
    func text() async throws {
        let files = try await SourceTree.trackedFiles()
        #expect(files.contains { $0.path == "Package.swift" })
        #expect(files.flatMap(Self.betrayals) == [])
    }

    @Test(
        "is reported if it does",
        arguments: [
            ("/" + "root/project", true), ("see `/" + "home/someone/x`", true), ("cd /tmp" + "/wt/x", true),
            ("https://deb.debian" + ".org/debian", true), ("pip from pypi" + ".org", true),
            ("https://example.com/" + "home/page", false), ("../" + "work/x", false), ("$ROOT/" + "root/x", false),
        ])
    func betrayal(line: String, isCaught: Bool) {
        #expect(Self.betrayals(in: SourceTree.File(path: "A.md", text: line)).isEmpty == !isCaught)
    }
}
