/// A path of a server, or a prefix of paths, with its content: a ``Route``, a ``Page``, ``Files`` or a
/// ``JavaScriptClient``.
///
/// ``RoutesBuilder`` collects these.
public struct ServedPath: Sendable {
    enum Content: Sendable {
        case route(Route)
        case page(Page)
        case files(Files)
        case javaScriptClient(JavaScriptClient)
    }

    let content: Content

    /// Serves WebSocket connections at a path.
    public init(_ route: Route) { content = .route(route) }
    /// Serves a page at a path.
    public init(_ page: Page) { content = .page(page) }
    /// Serves files below a prefix.
    public init(_ files: Files) { content = .files(files) }
    /// Serves the client for browsers at a path.
    public init(_ client: JavaScriptClient) { content = .javaScriptClient(client) }

    var route: Route? {
        guard case .route(let route) = content else { return nil }
        return route
    }
}
