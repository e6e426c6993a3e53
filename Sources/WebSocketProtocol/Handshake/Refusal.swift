import Bytes

/// An HTTP answer that ends a connection before it became a WebSocket. Nothing of what the peer sent is repeated in it.
package struct Refusal: Error, Sendable {
    package let status: Int
    /// Headers beside those that every refusal has.
    package let headers: HTTPHeaders
    package let body: String

    /// - Parameter status: An HTTP status from 200 on.
    package init(status: Int, headers: HTTPHeaders = .init(), body: String) {
        self.status = status
        self.headers = headers
        self.body = body
    }

    /// Writes the answer; the connection is to be closed behind it.
    /// - Parameters:
    ///   - date: of now (RFC 9110, 6.6.1).
    ///   - toHead: whether it is for a `HEAD`, to which there is no body.
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
    /// 400: the request can be read in more than one way, or not at all.
    package static func badRequest(_ why: StaticString) -> Refusal {
        Refusal(status: 400, body: "\(why)\n")
    }

    /// 403: a page of another origin.
    package static let foreignOrigin = Refusal(
        status: 403, body: "Pages of this origin may not open a WebSocket here.\n")

    /// 405: another method than GET, where only WebSockets are.
    package static let methodNotAllowed = Refusal(
        status: 405, headers: HTTPHeaders(judged: [("Allow", "GET")]), body: "A WebSocket is opened with GET.\n")

    /// 405: another method than GET and HEAD, where there is a page or a file.
    package static let pageIsRead = Refusal(
        status: 405, headers: HTTPHeaders(judged: [("Allow", "GET, HEAD")]), body: "This is read with GET or HEAD.\n")

    /// 414: the first line is above its limit.
    package static let targetTooLong = Refusal(status: 414, body: "The request's target is too long.\n")

    /// 426: a GET without an upgrade.
    package static let upgradeRequired = Refusal(
        status: 426, headers: HTTPHeaders(judged: [("Upgrade", "websocket"), ("Sec-WebSocket-Version", "13")]),
        body: "A WebSocket lives here. Please connect with a WebSocket client.\n")

    /// 426: a version of the protocol other than 13, or none.
    package static let unsupportedVersion = Refusal(
        status: 426, headers: HTTPHeaders(judged: [("Upgrade", "websocket"), ("Sec-WebSocket-Version", "13")]),
        body: "This server speaks version 13 of the WebSocket protocol.\n")

    /// 505: HTTP/2 and the like, and HTTP/1.0 but for pages.
    package static let versionNotSupported = Refusal(status: 505, body: "A WebSocket is opened with HTTP/1.1.\n")

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

// MARK: - By the server behind the protocol

extension Refusal {
    /// 404: no handler lives at this path.
    package static let notFound = Refusal(status: 404, body: "No WebSocket lives at this path.\n")

    /// 400: a trusted proxy does not say in a known way whom it speaks for.
    package static let malformedForwarding = Refusal(
        status: 400, body: "A proxy's header with the client's address is malformed.\n")

    /// 503: the server has as many connections as it may have.
    package static let serverFull = Refusal(
        status: 503, headers: HTTPHeaders(judged: [("Retry-After", "5")]),
        body: "The server is full. Please come back later.\n")

    /// 503: the server takes nobody any more.
    /// - Parameter retryAfter: in how many seconds one may try again; nil where nothing is known of it.
    package static func shuttingDown(retryAfter: Int?) -> Refusal {
        let headers = retryAfter.map { [("Retry-After", String($0))] } ?? []
        return Refusal(
            status: 503, headers: HTTPHeaders(judged: headers), body: "The server is shutting down.\n")
    }

    /// 503: the server has as many files open as it may have.
    package static let filesUnavailable = Refusal(
        status: 503, headers: HTTPHeaders(judged: [("Retry-After", "5")]),
        body: "No file can be read for now. Please come back later.\n")

    /// 400: HTTP where TLS is spoken.
    package static let tlsRequired = Refusal(
        status: 400, body: "This port speaks TLS. Please connect with wss: or https:.\n")

    /// 429: this address has as many connections as it may have.
    package static let tooManyConnections = Refusal(
        status: 429, headers: HTTPHeaders(judged: [("Retry-After", "5")]),
        body: "There are too many connections from this address.\n")
}
