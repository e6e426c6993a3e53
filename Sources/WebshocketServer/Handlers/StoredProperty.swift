/// A stored property of a handler, with its value.
struct StoredProperty {
    /// The property's name in the source code.
    let name: String
    private let value: Any
    /// The name without underscores, in lower case.
    private let plainName: String

    /// - Parameter label: The label of the property in its owner's mirror.
    init(label: String, value: Any) {
        let lazyPrefix = "$__lazy_storage_$_"
        if label.hasPrefix(lazyPrefix) {
            name = String(label.dropFirst(lazyPrefix.count))
            self.value = value
        } else if label.hasPrefix("_"),
            let wrapped = Mirror(reflecting: value).children.first(where: { $0.label == "wrappedValue" })
        {
            // This is the storage of a property wrapper.
            name = String(label.dropFirst())
            self.value = wrapped.value
        } else {
            name = label
            self.value = value
        }
        plainName = String(name.lowercased().filter { $0 != "_" })
    }

    /// Returns the value as an array if it has this type, or is an optional or an array of it; otherwise an empty
    /// array.
    func elements<Element>(of type: Element.Type) -> [Element] {
        (value as? Element).map { [$0] } ?? value as? [Element] ?? []
    }

    /// The function's type as text; nil if the property is not a closure.
    var functionType: String? {
        let optional = "Optional<"
        var type = String(describing: Mirror(reflecting: value).subjectType)
        if type.hasPrefix(optional) { type.removeFirst(optional.count) }
        guard type.contains("->") else { return nil }
        return ["(", "@", "nonisolated"].contains(where: type.hasPrefix) ? type : nil
    }

    /// Whether the name is one of these, ignoring case and underscores.
    func isNamed(_ names: [String]) -> Bool { names.contains(plainName) }

    /// Whether the name differs from one of these by at most two inserted, deleted or replaced characters, ignoring
    /// case and underscores.
    ///
    /// - Parameter names: Names in lower case, without underscores.
    func isNearly(_ names: [String]) -> Bool {
        names.contains { Self.distance(Array(plainName.utf8), Array($0.utf8)) <= 2 }
    }

    /// The Levenshtein distance, or `Int.max` if the lengths differ by more than two.
    /// - Complexity: O(*n*·*m*), where *n* and *m* are the lengths.
    private static func distance(_ one: [UInt8], _ two: [UInt8]) -> Int {
        guard abs(one.count - two.count) <= 2 else { return .max }
        var row = Array(0...two.count)
        for (index, byte) in one.enumerated() {
            var diagonal = row[0]
            row[0] = index + 1
            for (column, other) in two.enumerated() {
                let replaced = diagonal + (byte == other ? 0 : 1)
                diagonal = row[column + 1]
                row[column + 1] = min(replaced, row[column] + 1, diagonal + 1)
            }
        }
        return row[two.count]
    }
}
