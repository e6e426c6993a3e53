import EventLoops

/// The socket's path in a `ws+unix:` URL: percent-encoded, up to a colon or the end (RFC 3986, section 2.1).
package enum UnixSocketURL {
    package static let scheme = "ws+unix"

    /// Makes the URL of a Unix socket, with an absolute path if possible, so that it works in any working directory.
    /// - Parameters:
    ///   - path: The socket's path, absolute or relative to `directory`.
    ///   - directory: The working directory; nil if it is unknown.
    /// - Returns: The URL. Its path is relative if the absolute path exceeds the system's limit or is unknown.
    package static func url(path: String, directory: String?) -> String {
        var path = path
        if !path.hasPrefix("/") {
            let absolute = directory.map { "\($0)/\(path)" }
            path = absolute.flatMap { Endpoint.unix(path: $0).isWithinLimits ? $0 : nil } ?? "./\(path)"
        }
        return "\(scheme)://\(PercentEncoding.encode(path: path))"
    }

    /// Reads the socket's path from the percent-encoded text of a URL.
    /// - Returns: Nil if the path is empty or malformed, or does not begin with `/`, `./` or `../`.
    package static func path(_ text: Substring) -> String? {
        guard let path = PercentEncoding.decode(text), !path.utf8.contains(0) else { return nil }
        return ["/", "./", "../"].contains { path.hasPrefix($0) } ? path : nil
    }
}
