/// The methods of a handler, in the order of their declaration.
public struct RPCMethods: Sendable {
    let methods: [RPCMethod]

    init(_ methods: [RPCMethod]) {
        self.methods = methods
    }
}

/// A result builder for the methods of a handler, one per line of its `methods` property.
@resultBuilder
public enum RPCMethodsBuilder {
    /// Joins the methods of a block.
    public static func buildBlock(_ methods: RPCMethods...) -> RPCMethods { buildArray(methods) }
    /// Adds one method.
    public static func buildExpression(_ method: RPCMethod) -> RPCMethods { RPCMethods([method]) }
    /// Adds the methods of a group.
    public static func buildExpression(_ methods: RPCMethods) -> RPCMethods { methods }
    /// Adds the methods of an `if` without an `else`.
    public static func buildOptional(_ methods: RPCMethods?) -> RPCMethods { methods ?? RPCMethods([]) }
    /// Adds the methods of the first branch of an `if` or `switch`.
    public static func buildEither(first methods: RPCMethods) -> RPCMethods { methods }
    /// Adds the methods of another branch of an `if` or `switch`.
    public static func buildEither(second methods: RPCMethods) -> RPCMethods { methods }
    /// Joins the methods of a `for` loop.
    public static func buildArray(_ methods: [RPCMethods]) -> RPCMethods { RPCMethods(methods.flatMap(\.methods)) }
}
