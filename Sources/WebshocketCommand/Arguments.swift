/// What is wrong with the words of a command line.
struct UsageError: Error {
    let message: String

    init(_ message: String) {
        self.message = message
    }
}

/// The words of a command line, told apart: options with a value, flags, and the rest in order.
struct Arguments {
    private(set) var positional: [String] = []
    private var values: [String: [String]] = [:]
    private var flags: Set<String> = []

    /// - Parameters:
    ///   - words: the words behind the command; `--name value` and `--name=value` are the same, and what stands
    ///     behind `--` is positional.
    ///   - valued: the names of the options that take a value.
    ///   - flags: the names of those that take none.
    init(_ words: [String], valued: Set<String>, flags known: Set<String> = []) throws(UsageError) {
        var rest = words[...]
        while let word = rest.popFirst() {
            if word == "--" {
                positional += rest
                return
            }
            guard word.hasPrefix("--") else {
                positional.append(word)
                continue
            }
            let parts = word.dropFirst(2).split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            let name = String(parts[0])
            if known.contains(name), parts.count == 1 {
                flags.insert(name)
            } else if valued.contains(name) {
                guard let value = parts.count > 1 ? String(parts[1]) : rest.popFirst() else {
                    throw UsageError("--\(name) wants a value")
                }
                values[name, default: []].append(value)
            } else {
                throw UsageError("'\(word)' is no option of this command")
            }
        }
    }

    func has(_ flag: String) -> Bool { flags.contains(flag) }

    func all(_ name: String) -> [String] { values[name] ?? [] }

    func last(_ name: String) -> String? { values[name]?.last }

    func number(_ name: String, in range: ClosedRange<Int>) throws(UsageError) -> Int? {
        guard let text = last(name) else { return nil }
        guard let number = Int(text), range.contains(number) else {
            throw UsageError("--\(name) wants a number from \(range.lowerBound) to \(range.upperBound), not '\(text)'")
        }
        return number
    }
}
