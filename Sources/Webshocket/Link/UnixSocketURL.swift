import EventLoops

/// The socket's path in a `ws+unix:` URL: percent-encoded, up to a colon or the end (RFC 3986, section 2.1).
enum UnixSocketURL {
    static let scheme = "ws+unix"

    /// Writes the URL of a socket, for clients with any working directory if possible.
    /// - Parameters:
    ///   - path: absolute, or relative to `directory`.
    ///   - directory: nil if it is unknown.
    /// - Returns: the URL with an absolute path; with a relative one if the absolute one is longer than the system takes.
    static func url(path: String, directory: String?) -> String {
        var path = path
        if !path.hasPrefix("/") {
            let absolute = directory.map { "\($0)/\(path)" }
            path = absolute.flatMap { Endpoint.unix(path: $0).isWithinLimits ? $0 : nil } ?? "./\(path)"
        }
        return "\(scheme)://\(PercentEncoding.encode(path: path))"
    }

    /// Reads a path back.
    /// - Returns: nil if it is empty or malformed, or does not begin with `/`, `./` or `../`.
    static func path(_ text: Substring) -> String? {
        guard let path = PercentEncoding.decode(text), !path.utf8.contains(0) else { return nil }
        return ["/", "./", "../"].contains { path.hasPrefix($0) } ? path : nil
    }
}
