import EventLoops

/// The way to a server: straight there, or through a proxy.
struct ClientRoute: Sendable {
    /// What to connect to first.
    let endpoint: Endpoint
    /// Whom `endpoint` is, in words.
    let name: String
    /// What is to be asked of the proxy; nil without one.
    let tunnel: ConnectTunnel?

    /// - Throws: ``ClientError`` for a proxy that is none.
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
            throw ClientError(.invalidURL, "the host cannot be asked of a proxy")
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
    /// What a proxy answered in place of opening the way.
    init(_ failure: ConnectTunnel.Failure) {
        switch failure {
        case .malformed(let reason):
            self.init(.proxyRefused, "what answered is no HTTP proxy: \(reason)")
        case .refused(let status):
            let meaning =
                switch status {
                case 401, 403, 405: ": it does not open ways to this server"
                case 407: ": it wants a user and a password, or others than these"
                case 429: ": it has too much to do for this client"
                case 500...599: ": it cannot reach the server"
                default: ""
                }
            self.init(.proxyRefused, "the proxy answered \(status)\(meaning)", httpStatus: status)
        }
    }
}
