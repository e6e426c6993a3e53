/// The proxy settings in the environment variables that curl and Go read.
///
/// `https_proxy` is for `wss`, and `http_proxy` for `ws`. `all_proxy` is for both if the more specific variable is not
/// set. Lower case takes precedence over upper case. `HTTP_PROXY` is not read, because in a CGI program a request's
/// `Proxy` header would set it. Hosts listed in `no_proxy` and this machine are connected to directly.
package struct ProxyEnvironment {
    private let value: (String) -> String?

    /// Creates the settings from an environment.
    /// - Parameter value: Returns the value of a variable; nil if it is not set.
    package init(_ value: @escaping (String) -> String?) {
        self.value = value
    }

    /// Returns the proxy for a server, or nil for a direct connection.
    /// - Parameter host: A name or an address, without brackets.
    /// - Throws: ``ClientError`` that names the variable, but not its value, if the value is not a valid proxy.
    package func proxy(isSecure: Bool, host: String, port: UInt16) throws(ClientError) -> HTTPProxy? {
        guard !isThisMachine(host) else { return nil }
        let names = (isSecure ? ["https_proxy", "HTTPS_PROXY"] : ["http_proxy"]) + ["all_proxy", "ALL_PROXY"]
        guard let (name, text) = first(of: names), !isException(host, port) else { return nil }
        return try HTTPProxy(text, from: name)
    }

    private func first(of names: [String]) -> (String, String)? {
        for name in names {
            if let text = value(name), !text.isEmpty { return (name, text) }
        }
        return nil
    }

    private func isThisMachine(_ host: String) -> Bool {
        let name = host.lowercased()
        return name == "localhost" || name.hasSuffix(".localhost") || IPAddress(host)?.isLoopback == true
    }

    private func isException(_ host: String, _ port: UInt16) -> Bool {
        guard let (_, list) = first(of: ["no_proxy", "NO_PROXY"]) else { return false }
        return list.split { $0 == "," || $0.isWhitespace }
            .contains { ProxyException($0)?.holds(for: host, port) == true }
    }
}
