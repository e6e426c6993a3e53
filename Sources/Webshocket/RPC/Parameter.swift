/// One parameter of a method: its name for named arguments, and its default where it has one.
///
/// A string literal is a parameter without a default:
///
///     RPCMethod("greet", greet, parameters: "name", Parameter("greeting", default: "Hello"))
public struct Parameter<Argument: Decodable & Sendable>: Sendable, ExpressibleByStringLiteral {
    let name: String?
    /// Nil for a parameter that a caller has to give.
    let fallBack: (@Sendable () -> Argument)?

    /// Names a parameter that a caller has to give.
    public init(_ name: String) {
        self.init(name: name)
    }

    /// Names a parameter that a caller may leave out.
    /// - Parameters:
    ///   - name: what named arguments call it.
    ///   - fallback: its value in a call that gives none.
    public init(_ name: String, default fallback: Argument) {
        self.name = name
        fallBack = { fallback }
    }

    /// Names a parameter that a caller has to give.
    public init(stringLiteral name: String) {
        self.init(name: name)
    }

    /// An optional parameter is nil when a call leaves it out: nil is its default.
    @usableFromInline
    init(name: String?) {
        self.name = name
        if let absent = (Argument.self as? any Absentable.Type)?.absent as? Argument {
            fallBack = { absent }
        } else {
            fallBack = nil
        }
    }
}

/// What optionals have, seen without their wrapped type.
private protocol Absentable {
    static var absent: Any { get }
}

extension Optional: Absentable {
    static var absent: Any { Wrapped?.none as Any }
}
