/// A dictionary of values by name. Names are compared by their UTF-8 bytes, unlike the keys of a `[String: WireValue]`.
package struct NamedValues: Sendable {
    private var values: [ExactText: WireValue] = [:]

    package init() {}

    package init(_ values: [String: WireValue]) {
        self.values.reserveCapacity(values.count)
        for (name, value) in values { self.values[ExactText(name)] = value }
    }

    package var isEmpty: Bool { values.isEmpty }

    /// Accesses the value of a name; nil if it is not set. Setting nil removes the value.
    package subscript(name: String) -> WireValue? {
        get { values[ExactText(name)] }
        set { values[ExactText(name)] = newValue }
    }

    /// A copy as a dictionary, which can hold only one of several canonically equivalent names. It contains the one
    /// that sorts first by its bytes.
    package var dictionary: [String: WireValue] {
        var dictionary = [String: WireValue](minimumCapacity: values.count)
        for (name, value) in values { dictionary[name.text] = value }
        guard dictionary.count < values.count else { return dictionary }
        let pairs = values.sorted { $0.key < $1.key }.map { ($0.key.text, $0.value) }
        return Dictionary(pairs) { first, _ in first }
    }
}

extension SessionCondition {
    /// Evaluates the condition for a set of attributes.
    /// - Parameter asking: Evaluates closures.
    package func holds(with attributes: [String: WireValue], asking: (SessionCheck) throws -> Bool) rethrows -> Bool {
        try holds(with: NamedValues(attributes), asking: asking)
    }
}
