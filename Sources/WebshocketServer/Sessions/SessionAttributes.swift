import EventLoops

/// The attributes of one connection. Created when the first attribute is set.
final class SessionAttributes: Sendable {
    /// The storage of an ended connection that never had attributes.
    static let ended = SessionAttributes(nil)

    /// The attributes; nil after the connection has ended.
    private let values: Locked<NamedValues?>

    private init(_ values: NamedValues?) {
        self.values = Locked(values)
    }

    convenience init() {
        self.init(NamedValues())
    }

    /// A snapshot of all attributes. Costs one lock and one retain; the storage is copied only when an attribute is set
    /// later.
    var snapshot: NamedValues { values.withLock { $0 } ?? NamedValues() }

    var isOver: Bool { values.withLock { $0 == nil } }

    subscript(name: String) -> WireValue? {
        get { values.withLock { $0?[name] } }
        set { values.withLock { $0?[name] = newValue } }
    }

    /// Removes and sets attributes in one atomic step.
    func replace(_ names: [String], with attributes: [String: WireValue]) {
        values.withLock { values in
            for name in names { values?[name] = nil }
            for (name, value) in attributes { values?[name] = value }
        }
    }

    func removeAll() {
        values.withLock { values in
            if values != nil { values = NamedValues() }
        }
    }

    /// Removes all attributes permanently. Setting an attribute after this has no effect.
    func end() {
        values.withLock { $0 = nil }
    }
}
