/// A path of a server, or a prefix of paths, with what is there: what ``RoutesBuilder`` collects.
///
/// It is made of a ``Route``, a ``Page``, ``Files`` or a ``JavaScriptClient``.
public struct ServedPath: Sendable {
    enum Content: Sendable {
        case route(Route)
        case page(Page)
        case files(Files)
        case javaScriptClient(JavaScriptClient)
    }

    let content: Content

    /// Connections to a path.
    public init(_ route: Route) { content = .route(route) }
    /// A page at a path.
    public init(_ page: Page) { content = .page(page) }
    /// Files below a prefix.
    public init(_ files: Files) { content = .files(files) }
    /// The client for browsers at a path.
    public init(_ client: JavaScriptClient) { content = .javaScriptClient(client) }

    var route: Route? {
        guard case .route(let route) = content else { return nil }
        return route
    }
}
