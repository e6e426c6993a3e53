/// The table in `Tests/Features.md`: the features, and the tests that show each of them to an independent peer.
struct FeatureTable {
    /// A predecessor of this product, with its features; a second-level heading.
    struct System {
        let name: String
        var rows: [Row] = []
    }

    /// A feature of a predecessor; a third-level heading.
    struct Row {
        let text: String
        var lines: [Line] = []
    }

    /// A part of a feature, and its test.
    struct Line {
        /// The line number in the file, from 1.
        let number: Int
        /// The texts between the bars, without surrounding spaces.
        let cells: [String]
    }

    static let columns = ["what", "peer", "test"]
    static let peers: Set = [
        "Chromium", "HAProxy", "Node", "Python package", "Python's sockets", "Python's websockets", "a second process",
        "curl", "nginx", "tinyproxy",
    ]

    private(set) var systems: [System] = []

    init(_ file: SourceTree.File) {
        for (index, line) in file.lines.enumerated() {
            if line.hasPrefix("## From ") {
                systems.append(System(name: String(line.dropFirst(8))))
            } else if line.hasPrefix("### "), let system = systems.indices.last {
                systems[system].rows.append(Row(text: String(line.dropFirst(4))))
            } else if line.hasPrefix("|"), let system = systems.indices.last,
                let row = systems[system].rows.indices.last
            {
                let cells = Self.cells(of: line)
                if cells == Self.columns || cells.allSatisfy({ $0 == "---" }) { continue }
                systems[system].rows[row].lines.append(Line(number: index + 1, cells: cells))
            }
        }
    }

    private static func cells(of line: Substring) -> [String] {
        let inner = line.dropFirst().hasSuffix("|") ? line.dropFirst().dropLast() : line.dropFirst()
        return inner.split(separator: "|", omittingEmptySubsequences: false).map { cell in
            var cell = cell.drop { $0 == " " }
            while cell.last == " " { cell.removeLast() }
            return String(cell)
        }
    }
}

// MARK: - Validation

extension FeatureTable {
    /// Describes the faults of the table.
    /// - Parameter files: The files of the tests, by path.
    func faults(files: [String: SourceTree.File]) -> [String] {
        var faults: [String] = []
        for system in systems {
            let texts = system.rows.map(\.text)
            faults += Self.doubles(in: texts).map { "\(system.name): '\($0)' appears twice" }
            for row in system.rows {
                if row.lines.isEmpty { faults.append("\(system.name): '\(row.text)' has no test") }
                faults += Self.doubles(in: row.lines.compactMap(\.cells.first)).map {
                    "'\(row.text)': '\($0)' appears twice"
                }
                for line in row.lines { faults += line.faults(files: files).map { "line \(line.number): \($0)" } }
            }
        }
        return faults
    }

    private static func doubles(in texts: [String]) -> [String] {
        var seen: Set<String> = []
        return texts.filter { !seen.insert($0).inserted }
    }
}

extension FeatureTable.Line {
    fileprivate func faults(files: [String: SourceTree.File]) -> [String] {
        guard cells.count == FeatureTable.columns.count, !cells.contains("") else {
            return ["a cell is empty, or there are too many"]
        }
        var faults = FeatureTable.peers.contains(cells[1]) ? [] : ["unknown peer '\(cells[1])'"]
        guard let match = cells[2].wholeMatch(of: #/`([^`]+)`: "(.+)"/#) else { return faults + ["no test is given"] }
        let (path, name) = (String(match.1), String(match.2))
        if let file = files[path] {
            if !file.testNames.contains(name) { faults.append("\(path) has no test '\(name)'") }
        } else {
            faults.append("\(path) does not exist")
        }
        return faults
    }
}

extension SourceTree.File {
    /// The names of the tests in the file, as they are written in the source.
    ///
    /// In Swift, the name is the first argument of `@Test`. In JavaScript, it is the first argument of `test`, or the
    /// name of a function if it is a string. In Python, it is the first string in any parentheses, because checks can
    /// be generated from tables.
    var testNames: Set<String> {
        let matches =
            switch name.split(separator: ".").last {
            case "swift": text.matches(of: #/@Test\(\s*"((?:[^"\\\n]|\\.)*)"/#)
            case "js": text.matches(of: #/(?:\btest\(|^\s*async )"((?:[^"\\\n]|\\.)*)"/#.anchorsMatchLineEndings())
            default: text.matches(of: #/\(\s*f?"((?:[^"\\\n]|\\.)*)",/#)
            }
        return Set(matches.map { String($0.1) })
    }
}
