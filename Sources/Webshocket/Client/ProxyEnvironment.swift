/// Which proxy the environment names for a server, by the variables that curl and Go read.
///
/// `https_proxy` is for `wss`, `http_proxy` for `ws`, `all_proxy` for both where the former is not set; the lower case
/// goes before the upper. `HTTP_PROXY` is not read: in a CGI program a request's `Proxy` header would set it. What
/// `no_proxy` lists is reached directly, and so is this machine.
package struct ProxyEnvironment {
    private let value: (String) -> String?

    /// - Parameter value: looks a variable up.
    package init(_ value: @escaping (String) -> String?) {
        self.value = value
    }

    /// Nil where the server is to be reached directly.
    /// - Parameter host: a name or an address, without brackets.
    /// - Throws: ``ClientError`` that names the variable with what is no proxy, but not its value.
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
