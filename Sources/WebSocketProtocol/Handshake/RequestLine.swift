/// The first line of a request (RFC 9112, section 3).
struct RequestLine {
    let method: String
    /// The target in origin form, not percent-decoded.
    let target: String
    /// The authority of a target in absolute form.
    let authority: String?
    /// Whether the request uses HTTP/1.0.
    var isOld = false

    /// Parses a line, or returns the reason for which it is refused.
    static func read(_ line: [UInt8]) -> Result<RequestLine, Refusal> {
        let parts = line.split(separator: 0x20, omittingEmptySubsequences: false)
        guard parts.count == 3, !parts[0].isEmpty, parts[0].allSatisfy(\.isTokenCharacter) else {
            return .failure(.badRequest("The first line is not an HTTP request."))
        }
        let version = parts[2]
        guard version.count == 8, version.starts(with: "HTTP/".utf8), version[version.startIndex + 6] == 0x2E,
            version[version.startIndex + 5].isDigit, version[version.startIndex + 7].isDigit
        else { return .failure(.badRequest("The first line is not an HTTP request.")) }
        let method = HeadReader.text(parts[0])
        let isRead = ["GET", "HEAD"].contains(method)
        let isOld = version.elementsEqual("HTTP/1.0".utf8) && isRead
        guard isOld || version.elementsEqual("HTTP/1.1".utf8) else { return .failure(.versionNotSupported) }
        guard var line = RequestLine(method: method, target: parts[1]) else {
            // Other methods have other forms of targets (RFC 9112, 3.2).
            return .failure(isRead ? .badRequest("The target is not a path.") : .methodNotAllowed)
        }
        line.isOld = isOld
        guard PercentEncoding.decodesToShortRuns(line.target) else {
            return .failure(
                .badRequest("The target has more than 30 combining marks, or 256 regional indicators, in a row."))
        }
        return .success(line)
    }

    private init?(method: String, target bytes: ArraySlice<UInt8>) {
        self.method = method
        guard bytes.allSatisfy({ $0 > 0x20 && $0 < 0x7F && $0 != UInt8(ascii: "#") }) else { return nil }
        let text = HeadReader.text(bytes)
        guard bytes.first != UInt8(ascii: "/") else {
            target = text
            authority = nil
            return
        }
        // RFC 6455, section 4.2.1: a server also accepts an absolute URI.
        let schemes = ["http://", "https://", "ws://", "wss://"]
        guard let scheme = schemes.first(where: { text.prefix($0.count).isEqualIgnoringCase(to: $0) }) else {
            return nil
        }
        let rest = text.dropFirst(scheme.count)
        let end = rest.firstIndex { $0 == "/" || $0 == "?" } ?? rest.endIndex
        authority = String(rest[..<end])
        target = rest[end...].hasPrefix("/") ? String(rest[end...]) : "/" + rest[end...]
    }
}

extension RequestLine {
    /// The target before the question mark, and the part after it.
    var pathAndQuery: (path: String, query: String?) {
        guard let mark = target.utf8.firstIndex(of: UInt8(ascii: "?")) else { return (target, nil) }
        return (String(target[..<mark]), String(target[target.utf8.index(after: mark)...]))
    }

    /// Returns the host of the request.
    func host(_ headers: HTTPHeaders) -> Result<(String, Authority), Refusal> {
        let hosts = headers.values(of: "Host")
        guard hosts.count == 1, let host = hosts.first, let named = Authority(host) else {
            return .failure(.badRequest("There must be exactly one Host header with a valid host."))
        }
        if let authority, Authority(authority) != named {
            return .failure(.badRequest("The target and the Host header name different hosts."))
        }
        return .success((host, named))
    }
}
