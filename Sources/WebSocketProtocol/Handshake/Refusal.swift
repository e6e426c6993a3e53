import Bytes

/// An HTTP response that ends a connection before it becomes a WebSocket. It does not repeat anything that the peer
/// sent.
package struct Refusal: Error, Sendable {
    package let status: Int
    /// The headers in addition to those of every refusal.
    package let headers: HTTPHeaders
    package let body: String

    /// - Parameter status: An HTTP status of at least 200.
    package init(status: Int, headers: HTTPHeaders = .init(), body: String) {
        self.status = status
        self.headers = headers
        self.body = body
    }

    /// Writes the response. The connection must be closed after it.
    /// - Parameters:
    ///   - date: The current date (RFC 9110, 6.6.1).
    ///   - toHead: Whether the request is a `HEAD`, whose response has no body.
    package func write(into buffer: inout ByteBuffer, date: String, toHead: Bool = false) {
        buffer.append(contentsOf: "HTTP/1.1 \(status) \(StatusLine.phrase(of: status))\r\n".utf8)
        buffer.append(header: "Date", date)
        buffer.append(header: "Connection", headers["Upgrade"] == nil ? "close" : "close, Upgrade")
        if headers["Content-Type"] == nil { buffer.append(header: "Content-Type", "text/plain; charset=utf-8") }
        buffer.append(header: "Content-Length", String(body.utf8.count))
        for (name, value) in headers { buffer.append(header: name, value) }
        buffer.append(header: "X-Content-Type-Options", "nosniff")
        buffer.append("\r\n")
        if !toHead { buffer.append(contentsOf: body.utf8) }
    }
}

// MARK: - Before the upgrade

extension Refusal {
    /// 400: the request is ambiguous or invalid.
    package static func badRequest(_ why: StaticString) -> Refusal {
        Refusal(status: 400, body: "\(why)\n")
    }

    /// 403: the page is from an origin that is not allowed.
    package static let foreignOrigin = Refusal(
        status: 403, body: "Pages of this origin may not open a WebSocket here.\n")

    /// 405: the method is not GET, and the path has only a WebSocket.
    package static let methodNotAllowed = Refusal(
        status: 405, headers: HTTPHeaders(validated: [("Allow", "GET")]), body: "Use GET to open a WebSocket.\n")

    /// 405: the method is neither GET nor HEAD, and the path has a page or a file.
    package static let pageIsRead = Refusal(
        status: 405, headers: HTTPHeaders(validated: [("Allow", "GET, HEAD")]), body: "Use GET or HEAD to read this.\n")

    /// 414: the first line exceeds its limit.
    package static let targetTooLong = Refusal(status: 414, body: "The request's target is too long.\n")

    /// 426: a GET request without an upgrade.
    package static let upgradeRequired = Refusal(
        status: 426, headers: HTTPHeaders(validated: [("Upgrade", "websocket"), ("Sec-WebSocket-Version", "13")]),
        body: "This is a WebSocket endpoint. Please connect with a WebSocket client.\n")

    /// 426: the version of the protocol is missing or not 13.
    package static let unsupportedVersion = Refusal(
        status: 426, headers: HTTPHeaders(validated: [("Upgrade", "websocket"), ("Sec-WebSocket-Version", "13")]),
        body: "This server supports version 13 of the WebSocket protocol.\n")

    /// 505: the HTTP version is not 1.1, or not 1.0 for a page.
    package static let versionNotSupported = Refusal(status: 505, body: "Use HTTP/1.1 to open a WebSocket.\n")

    package init(_ flaw: HeadFlaw) {
        switch flaw {
        case .startLineTooLong:
            self = .targetTooLong
        case .headersTooLarge, .tooManyHeaders:
            self.init(status: 431, body: "\(flaw.explanation)\n")
        case .bareReturn, .bareLineFeed, .controlCharacter, .foldedLine, .badHeaderName, .runTooLong:
            self.init(status: 400, body: "\(flaw.explanation)\n")
        }
    }
}

// MARK: - By the server

extension Refusal {
    /// 404: there is no handler at this path.
    package static let notFound = Refusal(status: 404, body: "There is no WebSocket endpoint at this path.\n")

    /// 400: a trusted proxy does not announce its client in a known form.
    package static let malformedForwarding = Refusal(
        status: 400, body: "The proxy header with the client's address is malformed.\n")

    /// 503: the server has the maximum number of connections.
    package static let serverFull = Refusal(
        status: 503, headers: HTTPHeaders(validated: [("Retry-After", "5")]),
        body: "The server has too many connections. Please try again later.\n")

    /// 503: the server is shutting down and accepts no more clients.
    /// - Parameter retryAfter: The number of seconds after which to retry; nil if it is not known.
    package static func shuttingDown(retryAfter: Int?) -> Refusal {
        let headers = retryAfter.map { [("Retry-After", String($0))] } ?? []
        return Refusal(
            status: 503, headers: HTTPHeaders(validated: headers), body: "The server is shutting down.\n")
    }

    /// 503: the server has the maximum number of open files.
    package static let filesUnavailable = Refusal(
        status: 503, headers: HTTPHeaders(validated: [("Retry-After", "5")]),
        body: "Files are temporarily unavailable. Please try again later.\n")

    /// 400: HTTP without TLS on a port that requires TLS.
    package static let tlsRequired = Refusal(
        status: 400, body: "This port requires TLS. Please connect with wss: or https:.\n")

    /// 429: the address has the maximum number of connections.
    package static let tooManyConnections = Refusal(
        status: 429, headers: HTTPHeaders(validated: [("Retry-After", "5")]),
        body: "There are too many connections from this address.\n")
}
