/// Measures the cost of `String` operations on the slowest text that the limits admit.
enum AdmittedText {
    /// The maximum cost of an operation on 1 MiB of text, in milliseconds.
    private static let bound = 100.0
    /// The maximum ratio of the cost of a text to the cost of its half.
    private static let growth = 2.2

    /// Units of text, which are repeated.
    private static let units: [(String, [UInt32])] = [
        ("30 marks in the worst order", [0x61] + repeated(0x301, 15) + repeated(0x316, 15)),
        ("30 marks of 30 classes, backwards", [0x61] + classes),
        ("15 marks that decompose to two", [0x61] + repeated(0x344, 15)),
        ("14 marks that decompose to two, and 2 below", [0x61] + repeated(0x344, 14) + repeated(0x316, 2)),
        ("a letter of four parts, and 27 marks", [0x1F82] + repeated(0x301, 13) + repeated(0x316, 14)),
        ("letters of four parts", [0x1F82]), ("letters of three parts", [0x1D8]), ("composed letters", [0xE9]),
        ("decomposed letters", [0x61, 0x301]), ("Hebrew letters with two points", [0xFB2C]),
        ("a ligature of 18 letters", [0xFDFA]), ("syllables", [0xAC01]), ("jamo", [0x1100, 0x1161, 0x11A8]),
        ("vowels without a consonant", [0x1161]), ("Bengali vowels", [0x9BE]), ("notes", [0x1D160]),
        ("variation selectors", [0xFE0F]), ("joiners", [0x200D]), ("a family without end", [0x1F468, 0x200D]),
        ("conjuncts", [0x915, 0x94D]), ("conjuncts of 30 viramas", [0x915] + repeated(0x94D, 30)), ("tags", [0xE0061]),
        ("prepended marks", [0x600]), ("256 regional indicators", repeated(0x1F1E6, 256) + [0x20]),
        ("half-width sound marks", [0xFF76] + repeated(0xFF9E, 30)),
    ]

    /// Combining marks, from the highest combining class to the lowest.
    private static let classes: [UInt32] = [
        0x345, 0x35D, 0x360, 0x35C, 0x301, 0x302, 0x1D165, 0x302E, 0x31B, 0x316, 0x317, 0x327, 0x328, 0xE49, 0xE38,
        0x5BF,
        0x5BD, 0x5BC, 0x5BB, 0x5BA, 0x5B8, 0x5B6, 0x5B4, 0x5B2, 0x5B0, 0x94D, 0x3099, 0x93C, 0x334, 0x335,
    ]

    private static func repeated(_ scalar: UInt32, _ count: Int) -> [UInt32] { Array(repeating: scalar, count: count) }

    /// The operations, each with the number of whole texts that it reads. The compared texts differ in their first
    /// character and are equal only after normalization.
    private static let operations: [(String, @Sendable (Texts) -> Double, @Sendable (Texts) -> Int)] = [
        ("hash", { _ in 1 }, { $0.one.hashValue }),
        ("==", { _ in 2 }, { $0.composed == $0.decomposed ? 1 : 0 }),
        ("<", { _ in 2 }, { $0.composed < $0.decomposed ? 1 : 0 }),
        ("sort", { $0.linesCompared }, { $0.lines.sorted().count }),
        ("backwards", { _ in 1 }, { $0.one.reversed().reduce(0) { sum, _ in sum + 1 } }),
        ("count", { _ in 1 }, { $0.one.count }),
        ("lowercased", { _ in 1 }, { $0.one.lowercased().utf8.count }),
    ]

    private struct Texts {
        let one: String
        let composed: String
        let decomposed: String
        let lines: [String]

        /// The number of whole texts that sorting the lines reads.
        var linesCompared: Double {
            var comparisons = 0
            _ = lines.sorted {
                comparisons += 1
                return $0 < $1
            }
            return Double(comparisons * 2) / Double(lines.count)
        }

        init(_ unit: [UInt32], size: Int) {
            let unit = String(String.UnicodeScalarView(unit.compactMap(Unicode.Scalar.init)))
            one = String(repeating: unit, count: size / unit.utf8.count)
            composed = "\u{E9}" + one
            decomposed = "e\u{301}" + one
            lines = (0..<16).map { index in
                (index.isMultiple(of: 2) ? "\u{E9}" : "e\u{301}")
                    + String(repeating: unit, count: size / unit.utf8.count / 16) + String(index * 7 % 16)
            }
        }
    }

    static func measure(into report: inout Report) {
        let columns = operations.map { $0.0 + " ms" }
        report.title("admitted text: cost of 1 MiB, and its ratio to 512 KiB", columns: columns)
        var sum = 0
        for (name, unit) in units {
            let (half, whole) = (Texts(unit, size: 524_288), Texts(unit, size: 1_048_576))
            var (costs, ratios): ([Double], [Double]) = ([], [])
            for (operation, count, body) in operations {
                let once = processorMilliseconds { sum &+= body(half) }
                let twice = processorMilliseconds { sum &+= body(whole) }
                let cost = twice / count(whole)
                costs.append(cost)
                ratios.append(twice / once)
                report.check("\(name), \(operation), ms for 1 MiB", cost, atMost: bound)
                if twice > 5 { report.check("\(name), \(operation), growth", twice / once, atMost: growth) }
            }
            report.line(name, costs, digits: 1)
            report.line("", ratios)
        }
        precondition(sum != 1)
    }
}
