/// A parameter of a method: its name for named arguments, and optionally a default value.
///
/// A string literal is a parameter without a default value:
///
///     RPCMethod("greet", greet, parameters: "name", Parameter("greeting", default: "Hello"))
public struct Parameter<Argument: Decodable & Sendable>: Sendable, ExpressibleByStringLiteral {
    let name: String?
    /// The default value; nil if the parameter is required.
    let defaultValue: (@Sendable () -> Argument)?

    /// Creates a required parameter. If its type is optional, the parameter is not required and defaults to nil.
    /// - Parameter name: The parameter's name in calls with named arguments.
    public init(_ name: String) {
        self.init(name: name)
    }

    /// Creates a parameter with a default value.
    /// - Parameters:
    ///   - name: The parameter's name in calls with named arguments.
    ///   - fallback: The value for calls without an argument for the parameter.
    public init(_ name: String, default fallback: Argument) {
        self.name = name
        defaultValue = { fallback }
    }

    /// Creates a required parameter. If its type is optional, the parameter is not required and defaults to nil.
    /// - Parameter name: The parameter's name in calls with named arguments.
    public init(stringLiteral name: String) {
        self.init(name: name)
    }

    /// Creates a parameter without a default value, or with nil as the default if its type is optional.
    @usableFromInline
    init(name: String?) {
        self.name = name
        if let absent = (Argument.self as? any Absentable.Type)?.absent as? Argument {
            defaultValue = { absent }
        } else {
            defaultValue = nil
        }
    }
}

/// A view of `Optional` without its wrapped type, to get its nil.
private protocol Absentable {
    static var absent: Any { get }
}

extension Optional: Absentable {
    static var absent: Any { Wrapped?.none as Any }
}
