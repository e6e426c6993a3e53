/// A result builder for the paths of a server: ``Route``, ``Page``, ``Files`` and ``JavaScriptClient``, in any order.
@resultBuilder
public enum RoutesBuilder {
    /// Joins the paths of a block.
    public static func buildBlock(_ paths: [ServedPath]...) -> [ServedPath] { paths.flatMap(\.self) }
    /// Takes one route.
    public static func buildExpression(_ route: Route) -> [ServedPath] { [ServedPath(route)] }
    /// Takes one page.
    public static func buildExpression(_ page: Page) -> [ServedPath] { [ServedPath(page)] }
    /// Takes the files of a folder.
    public static func buildExpression(_ files: Files) -> [ServedPath] { [ServedPath(files)] }
    /// Takes the client for browsers.
    public static func buildExpression(_ client: JavaScriptClient) -> [ServedPath] { [ServedPath(client)] }
    /// Takes one path that was created elsewhere.
    public static func buildExpression(_ path: ServedPath) -> [ServedPath] { [path] }
    /// Takes paths that were collected elsewhere.
    public static func buildExpression(_ paths: [ServedPath]) -> [ServedPath] { paths }
    /// Takes the paths of an `if` without an `else`.
    public static func buildOptional(_ paths: [ServedPath]?) -> [ServedPath] { paths ?? [] }
    /// Takes the paths of an `if`.
    public static func buildEither(first paths: [ServedPath]) -> [ServedPath] { paths }
    /// Takes the paths of an `else`.
    public static func buildEither(second paths: [ServedPath]) -> [ServedPath] { paths }
    /// Takes the paths of a loop.
    public static func buildArray(_ paths: [[ServedPath]]) -> [ServedPath] { paths.flatMap(\.self) }
}
