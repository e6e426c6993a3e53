/// The methods of a handler, in the order that they were declared in.
public struct RPCMethods: Sendable {
    let methods: [RPCMethod]

    init(_ methods: [RPCMethod]) {
        self.methods = methods
    }
}

/// Collects the methods of a handler: each line of `methods` is one.
@resultBuilder
public enum RPCMethodsBuilder {
    /// Joins the methods of a block.
    public static func buildBlock(_ methods: RPCMethods...) -> RPCMethods { buildArray(methods) }
    /// Takes one method.
    public static func buildExpression(_ method: RPCMethod) -> RPCMethods { RPCMethods([method]) }
    /// Takes methods that were collected elsewhere.
    public static func buildExpression(_ methods: RPCMethods) -> RPCMethods { methods }
    /// Takes the methods of an `if` without an `else`.
    public static func buildOptional(_ methods: RPCMethods?) -> RPCMethods { methods ?? RPCMethods([]) }
    /// Takes the methods of an `if`.
    public static func buildEither(first methods: RPCMethods) -> RPCMethods { methods }
    /// Takes the methods of an `else`.
    public static func buildEither(second methods: RPCMethods) -> RPCMethods { methods }
    /// Takes the methods of a loop.
    public static func buildArray(_ methods: [RPCMethods]) -> RPCMethods { RPCMethods(methods.flatMap(\.methods)) }
}
