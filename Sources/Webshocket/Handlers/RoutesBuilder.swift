/// Collects the routes of a server.
@resultBuilder
public enum RoutesBuilder {
    /// Joins the routes of a block.
    public static func buildBlock(_ routes: [Route]...) -> [Route] { routes.flatMap(\.self) }
    /// Takes one route.
    public static func buildExpression(_ route: Route) -> [Route] { [route] }
    /// Takes the routes of an `if` without an `else`.
    public static func buildOptional(_ routes: [Route]?) -> [Route] { routes ?? [] }
    /// Takes the routes of an `if`.
    public static func buildEither(first routes: [Route]) -> [Route] { routes }
    /// Takes the routes of an `else`.
    public static func buildEither(second routes: [Route]) -> [Route] { routes }
    /// Takes the routes of a loop.
    public static func buildArray(_ routes: [[Route]]) -> [Route] { routes.flatMap(\.self) }
}
