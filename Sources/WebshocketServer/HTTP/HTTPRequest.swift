/// An HTTP request for a page or a WebSocket.
public struct HTTPRequest: Sendable {
    /// The method of a request. Requests with other methods are rejected by the server.
    public enum Method: String, Sendable {
        /// A request for a page or a WebSocket.
        case get = "GET"
        /// A request for the headers of the response to `GET`, without its body.
        case head = "HEAD"
    }

    /// The method.
    public let method: Method
    /// The target up to the `?`, percent-encoded as it was sent.
    public let path: String
    /// The part of the target after the `?`, as it was sent; nil if there is no `?`. See ``queryItems``.
    public let query: String?
    /// The headers, in the order in which they were sent.
    public let headers: HTTPHeaders
    /// The client's address without its port; see ``Connection/remoteAddress``.
    public let remoteAddress: String
    /// The address of the trusted proxy that reported the ``remoteAddress``; see ``Connection/proxyAddress``.
    public let proxyAddress: String?
    /// Whether the request came over TLS; see ``Connection/isSecure``.
    public let isSecure: Bool
    /// The certificate that the client presented; see ``Connection/clientCertificate``.
    public let clientCertificate: ClientCertificate?
    private let context: ServerContext

    /// The server that received the request. Nil only if the program has released the server.
    ///
    /// With its ``WebSocketServer/hub(at:)``, a page can publish to a hub and list the hub's connections.
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

    /// The decoded names and values of the query.
    /// - Complexity: O(*n*) in the length of the query.
    public var queryItems: QueryItems { QueryItems(query) }

    /// The cookies.
    /// - Complexity: O(*n*) in the length of the headers.
    public var cookies: Cookies { Cookies(headers) }

    /// The origin of the page that sends the request, as reported by a browser (RFC 6454, section 7); nil if there is
    /// no `Origin` header.
    public var origin: String? { headers["Origin"] }

    /// The subprotocols that the client offers for a WebSocket, in its order of preference (RFC 6455, 1.9).
    public var subprotocols: [String] { headers.values(of: "Sec-WebSocket-Protocol").flatMap(\.listElements) }
}
