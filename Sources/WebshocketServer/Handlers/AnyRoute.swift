/// A path of a server, or a prefix of paths, with its content: a ``WebSocketRoute``, an ``HTTPRoute``,
/// ``StaticFiles`` or a ``JavaScriptClient``.
///
/// ``RoutesBuilder`` collects these.
public struct AnyRoute: Sendable {
    enum Content: Sendable {
        case route(WebSocketRoute)
        case page(HTTPRoute)
        case files(StaticFiles)
        case javaScriptClient(JavaScriptClient)
    }

    let content: Content

    /// Serves WebSocket connections at a path.
    public init(_ route: WebSocketRoute) { content = .route(route) }
    /// Serves a page at a path.
    public init(_ page: HTTPRoute) { content = .page(page) }
    /// Serves files below a prefix.
    public init(_ files: StaticFiles) { content = .files(files) }
    /// Serves the client for browsers at a path.
    public init(_ client: JavaScriptClient) { content = .javaScriptClient(client) }

    var route: WebSocketRoute? {
        guard case .route(let route) = content else { return nil }
        return route
    }
}
