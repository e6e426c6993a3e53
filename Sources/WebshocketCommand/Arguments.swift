/// The error for an invalid command line.
struct UsageError: Error {
    let message: String

    init(_ message: String) {
        self.message = message
    }
}

/// The parsed words of a command line: options with a value, flags, and positional arguments in order.
struct Arguments {
    private(set) var positional: [String] = []
    private var values: [String: [String]] = [:]
    private var flags: Set<String> = []

    /// Parses the words of a command line.
    /// - Parameters:
    ///   - words: The words after the command. `--name value` and `--name=value` are equivalent; all words after `--`
    ///     are positional.
    ///   - valued: The names of the options that take a value.
    ///   - flags: The names of the options that do not take a value.
    /// - Throws: ``UsageError`` for an unknown option, a missing value, or a flag with a value.
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
                    throw UsageError("missing value for --\(name)")
                }
                values[name, default: []].append(value)
            } else {
                // The value is left out, because it may be a secret.
                throw UsageError(
                    known.contains(name) ? "--\(name) takes no value" : "unknown option '--\(name.redacted)'")
            }
        }
    }

    func has(_ flag: String) -> Bool { flags.contains(flag) }

    func all(_ name: String) -> [String] { values[name] ?? [] }

    func last(_ name: String) -> String? { values[name]?.last }

    func number(_ name: String, in range: ClosedRange<Int>) throws(UsageError) -> Int? {
        guard let text = last(name) else { return nil }
        guard let number = Int(text), range.contains(number) else {
            throw UsageError(
                "--\(name) must be a number from \(range.lowerBound) to \(range.upperBound) (got '\(text)')")
        }
        return number
    }
}

extension String {
    /// The word for an error text. A URL is reduced to its scheme and host, because the rest may contain a password or
    /// a token.
    var redacted: String {
        guard let scheme = firstRange(of: "://") else { return self }
        let authority = self[scheme.upperBound...].prefix { !"/?#".contains($0) }
        let host = authority.split(separator: "@", omittingEmptySubsequences: false).last ?? ""
        return self[..<scheme.upperBound] + host + (authority.endIndex == endIndex ? "" : "/…")
    }
}
