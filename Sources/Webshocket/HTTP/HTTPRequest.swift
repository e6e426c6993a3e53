/// A request of HTTP, as whoever answers it sees it: for a page, or for a WebSocket.
public struct HTTPRequest: Sendable {
    /// What is asked for. Other methods do not get so far.
    public enum Method: String, Sendable {
        /// A page, or a WebSocket.
        case get = "GET"
        /// What `GET` would answer, without its body.
        case head = "HEAD"
    }

    /// What is asked for.
    public let method: Method
    /// The target up to the question mark; percent-encoding is as it was sent.
    public let path: String
    /// What stood behind the path's `?`, as it was sent; nil without one. See ``queryItems``.
    public let query: String?
    /// The headers, in their order.
    public let headers: HTTPHeaders
    /// The client's address without its port; see ``Connection/remoteAddress``.
    public let remoteAddress: String
    /// The address of the trusted proxy that has told the ``remoteAddress``; see ``Connection/proxyAddress``.
    public let proxyAddress: String?
    /// Whether the request came over TLS; see ``Connection/isSecure``.
    public let isSecure: Bool
    /// The certificate that the client has shown; see ``Connection/clientCertificate``.
    public let clientCertificate: ClientCertificate?
    private let context: ServerContext

    /// The server that was asked, such as for ``WebSocketServer/hub(at:)``: a page can publish to a hub, and list its
    /// connections. Nil only if the program has not kept the server.
    public var server: WebSocketServer? { context.server }

    init(
        method: Method, path: String, query: String?, headers: HTTPHeaders, peer: PeerIdentity, isSecure: Bool,
        clientCertificate: ClientCertificate?, context: ServerContext
    ) {
        self.context = context
        self.method = method
        self.path = path
        self.query = query
        self.headers = headers
        remoteAddress = peer.address
        proxyAddress = peer.proxyAddress
        self.isSecure = isSecure
        self.clientCertificate = clientCertificate
    }

    /// The names and values of the query, decoded. Costs a walk over it.
    public var queryItems: QueryItems { QueryItems(query) }

    /// The cookies. Costs a walk over them.
    public var cookies: Cookies { Cookies(headers) }

    /// The page's origin, where a browser's page asks (RFC 6454, section 7); nil for others.
    public var origin: String? { headers["Origin"] }

    /// The sub-protocols that a client offers for a WebSocket, in its order of preference (RFC 6455, 1.9).
    public var subprotocols: [String] { headers.values(of: "Sec-WebSocket-Protocol").flatMap(\.listElements) }
}
