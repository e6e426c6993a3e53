/// A result builder for the paths of a server: ``WebSocketRoute``, ``HTTPRoute``, ``StaticFiles`` and
/// ``JavaScriptClient``, in any order.
@resultBuilder
public enum RoutesBuilder {
    /// Joins the paths of a block.
    public static func buildBlock(_ paths: [AnyRoute]...) -> [AnyRoute] { paths.flatMap(\.self) }
    /// Takes one route.
    public static func buildExpression(_ route: WebSocketRoute) -> [AnyRoute] { [AnyRoute(route)] }
    /// Takes one page.
    public static func buildExpression(_ page: HTTPRoute) -> [AnyRoute] { [AnyRoute(page)] }
    /// Takes the files of a folder.
    public static func buildExpression(_ files: StaticFiles) -> [AnyRoute] { [AnyRoute(files)] }
    /// Takes the client for browsers.
    public static func buildExpression(_ client: JavaScriptClient) -> [AnyRoute] { [AnyRoute(client)] }
    /// Takes one path that was created elsewhere.
    public static func buildExpression(_ path: AnyRoute) -> [AnyRoute] { [path] }
    /// Takes paths that were collected elsewhere.
    public static func buildExpression(_ paths: [AnyRoute]) -> [AnyRoute] { paths }
    /// Takes the paths of an `if` without an `else`.
    public static func buildOptional(_ paths: [AnyRoute]?) -> [AnyRoute] { paths ?? [] }
    /// Takes the paths of an `if`.
    public static func buildEither(first paths: [AnyRoute]) -> [AnyRoute] { paths }
    /// Takes the paths of an `else`.
    public static func buildEither(second paths: [AnyRoute]) -> [AnyRoute] { paths }
    /// Takes the paths of a loop.
    public static func buildArray(_ paths: [[AnyRoute]]) -> [AnyRoute] { paths.flatMap(\.self) }
}
