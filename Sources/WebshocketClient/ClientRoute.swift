import EventLoops

/// The route to a server: direct, or through a proxy.
struct ClientRoute: Sendable {
    /// The endpoint to connect to: the server or the proxy.
    let endpoint: Endpoint
    /// The name of `endpoint` in error messages.
    let name: String
    /// The tunnel to request from the proxy; nil without a proxy.
    let tunnel: ConnectTunnel?

    /// Chooses the route to a server.
    /// - Throws: ``ClientError`` if the proxy's URL or the server's host is not valid.
    init(to url: WebSocketURL, through proxy: ClientConfiguration.Proxy) throws(ClientError) {
        guard case .tcp(let host, let port) = url.endpoint,
            let proxy = try proxy.server(for: host, port, isSecure: url.isSecure)
        else {
            endpoint = url.endpoint
            name = "\(url.endpoint)"
            tunnel = nil
            return
        }
        guard let tunnel = ConnectTunnel(host: host, port: port, credentials: proxy.credentials) else {
            throw ClientError(.invalidURL, "the host is not valid in a request to a proxy")
        }
        endpoint = .tcp(host: proxy.host, port: proxy.port)
        name = "the proxy \(proxy)"
        self.tunnel = tunnel
    }
}

extension ClientConfiguration.Proxy {
    fileprivate func server(for host: String, _ port: UInt16, isSecure: Bool) throws(ClientError) -> HTTPProxy? {
        switch self {
        case .none: return nil
        case .http(let url): return try HTTPProxy(url, from: "the configuration")
        case .environment:
            let environment = ProxyEnvironment(ProcessEnvironment.value(of:))
            return try environment.proxy(isSecure: isSecure, host: host, port: port)
        }
    }
}

extension ClientError {
    /// Creates the error for a proxy that did not open a tunnel.
    init(_ failure: ConnectTunnel.Failure) {
        switch failure {
        case .malformed(let reason):
            self.init(.proxyRefused, "the response is not from an HTTP proxy: \(reason)")
        case .refused(let status):
            let meaning =
                switch status {
                case 401, 403, 405: ": it does not allow connections to this server"
                case 407: ": it requires a user name and a password, or different ones"
                case 429: ": too many requests from this client"
                case 500...599: ": it cannot reach the server"
                default: ""
                }
            self.init(.proxyRefused, "the proxy answered \(status)\(meaning)", httpStatus: status)
        }
    }
}
