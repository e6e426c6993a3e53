/// `Tests/Features.md`: what the product can do, and the tests that show it to a peer that is not itself.
struct FeatureTable {
    /// What a system that this one grew from can do; a heading of the second order.
    struct System {
        let name: String
        var rows: [Row] = []
    }

    /// One line of what such a system can do, in whole; a heading of the third order.
    struct Row {
        let text: String
        var lines: [Line] = []
    }

    /// A clause of a row, and its test.
    struct Line {
        /// In the file, from 1.
        let number: Int
        /// What stands between the bars, without the spaces around it.
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

// MARK: - What is wrong with it

extension FeatureTable {
    /// - Parameter files: by their paths.
    func faults(files: [String: SourceTree.File]) -> [String] {
        var faults: [String] = []
        for system in systems {
            let texts = system.rows.map(\.text)
            faults += Self.doubles(in: texts).map { "\(system.name): '\($0)' stands twice" }
            for row in system.rows {
                if row.lines.isEmpty { faults.append("\(system.name): '\(row.text)' has no test") }
                faults += Self.doubles(in: row.lines.compactMap(\.cells.first)).map {
                    "'\(row.text)': '\($0)' stands twice"
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
            return ["a cell is empty, or too many"]
        }
        var faults = FeatureTable.peers.contains(cells[1]) ? [] : ["'\(cells[1])' is no peer"]
        guard let match = cells[2].wholeMatch(of: #/`([^`]+)`: "(.+)"/#) else { return faults + ["names no test"] }
        let (path, name) = (String(match.1), String(match.2))
        if let file = files[path] {
            if !file.testNames.contains(name) { faults.append("\(path) has no test '\(name)'") }
        } else {
            faults.append("\(path) is not there")
        }
        return faults
    }
}

extension SourceTree.File {
    /// What its tests are called, as it is written there: the first text in the parentheses of `@Test` in Swift, of
    /// `test` and the functions that are named by a text in JavaScript; of any in Python, where checks are made from
    /// tables too.
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
