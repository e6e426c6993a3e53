import EventLoops

/// The attributes of one connection; made when the first one is set.
final class SessionAttributes: Sendable {
    /// What a connection that had none has when it is over.
    static let ended = SessionAttributes(nil)

    /// Nil when the connection is over.
    private let values: Locked<NamedValues?>

    private init(_ values: NamedValues?) {
        self.values = Locked(values)
    }

    convenience init() {
        self.init(NamedValues())
    }

    /// All of them as they are now: one lock and one retain, no copy until one is set.
    var snapshot: NamedValues { values.withLock { $0 } ?? NamedValues() }

    var isOver: Bool { values.withLock { $0 == nil } }

    subscript(name: String) -> Value? {
        get { values.withLock { $0?[name] } }
        set { values.withLock { $0?[name] = newValue } }
    }

    /// Removes some and sets others, with nobody seeing a mixture.
    func replace(_ names: [String], with attributes: [String: Value]) {
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

    /// Lets them go; what is set from now on is ignored.
    func end() {
        values.withLock { $0 = nil }
    }
}
