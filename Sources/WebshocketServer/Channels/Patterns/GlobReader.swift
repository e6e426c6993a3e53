/// Parses a glob as `fnmatch.translate` of Python 3.11 does.
struct GlobReader {
    private let scalars: [Unicode.Scalar]
    private var position = 0
    private(set) var elements: [GlobPattern.Element] = []
    private(set) var sets: [GlobSet] = []

    init(_ text: String) {
        scalars = Array(text.unicodeScalars)
        elements.reserveCapacity(scalars.count)
    }

    mutating func read() {
        while position < scalars.count {
            let scalar = scalars[position]
            position += 1
            switch scalar {
            case "*" where elements.last == .many: break
            case "*": elements.append(.many)
            case "?": elements.append(.any)
            case "[": readSet()
            default: elements.append(.literal(scalar))
            }
        }
    }

    private mutating func readSet() {
        guard let end = endOfSet() else { return elements.append(.literal("[")) }
        elements.append(.set)
        sets.append(GlobSet(scalars[position..<end]))
        position = end + 1
    }

    /// The index of the `]` that closes the set. A `]` that comes first, or directly after `!`, does not close it.
    private func endOfSet() -> Int? {
        var index = position
        if index < scalars.count, scalars[index] == "!" { index += 1 }
        if index < scalars.count, scalars[index] == "]" { index += 1 }
        return scalars[min(index, scalars.count)...].firstIndex(of: "]")
    }
}
