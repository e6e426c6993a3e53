/// The first line of a response (RFC 9112, section 4).
enum StatusLine {
    /// Returns the status of an HTTP/1.1 or 1.0 response. HTTP/1.0 cannot have the status 101.
    static func status(of line: [UInt8]) -> Int? {
        guard line.starts(with: "HTTP/1.".utf8), line.count >= 12, line[8] == 0x20,
            line.count == 12 || line[12] == 0x20
        else { return nil }
        let digits = line[9..<12]
        guard digits.allSatisfy(\.isDigit) else { return nil }
        let status = digits.reduce(0) { $0 * 10 + Int($1 - 0x30) }
        guard status >= 100, line[7] == UInt8(ascii: "1") || line[7] == UInt8(ascii: "0") && status != 101 else {
            return nil
        }
        return status
    }

    /// Returns the reason phrase of a status (RFC 9110, section 15), or an empty text for a status that is not listed
    /// here.
    static func phrase(of status: Int) -> StaticString {
        switch status {
        case 200: "OK"
        case 201: "Created"
        case 202: "Accepted"
        case 204: "No Content"
        case 301: "Moved Permanently"
        case 302: "Found"
        case 303: "See Other"
        case 304: "Not Modified"
        case 307: "Temporary Redirect"
        case 308: "Permanent Redirect"
        case 400: "Bad Request"
        case 401: "Unauthorized"
        case 403: "Forbidden"
        case 404: "Not Found"
        case 405: "Method Not Allowed"
        case 409: "Conflict"
        case 410: "Gone"
        case 414: "URI Too Long"
        case 426: "Upgrade Required"
        case 429: "Too Many Requests"
        case 431: "Request Header Fields Too Large"
        case 500: "Internal Server Error"
        case 503: "Service Unavailable"
        case 505: "HTTP Version Not Supported"
        default: ""
        }
    }
}
