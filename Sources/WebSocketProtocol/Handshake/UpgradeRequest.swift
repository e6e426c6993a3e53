/// A client's request to open a WebSocket, validated against the protocol.
package struct UpgradeRequest: Sendable {
    /// The path and the query as sent.
    package let target: String
    /// The target before the question mark, not percent-decoded.
    package let path: String
    /// The target after the question mark, or nil if there is none.
    package let query: String?
    package let headers: HTTPHeaders
    /// The `Host` header.
    package let host: String
    /// The `Origin` header, which the origin policy allows.
    package let origin: String?
    /// The subprotocols that the client offers, in its order of preference, without duplicates. Each is a token.
    package let subprotocols: [String]
    package let key: String
    let extensions: [ExtensionElement]

    /// Accepts the request.
    ///
    /// - Parameters:
    ///   - subprotocol: The subprotocol to use. It is omitted if the client did not offer it, because the client would
    ///     fail the connection.
    ///   - compression: The compression to use if the client offers permessage-deflate, or nil to decline it.
    package func accept(subprotocol: String? = nil, compression: CompressionOptions? = nil) -> UpgradeAnswer {
        let agreement = compression.flatMap { DeflateAgreement(offers: extensions, options: $0) }
        return UpgradeAnswer(
            accept: AcceptKey.answer(to: key),
            subprotocol: subprotocol.flatMap { subprotocols.contains($0) ? $0 : nil },
            agreement: agreement)
    }
}

// MARK: - Reading

extension UpgradeRequest {
    /// Validates a complete head in this order: framing, host, upgrade, key, origin, subprotocols and extensions.
    static func read(
        _ line: RequestLine, headers: HTTPHeaders, origins: OriginPolicy, _ forwarding: ForwardingHeaders? = nil,
        _ isSecure: Bool = false
    ) -> Result<UpgradeRequest, Refusal> {
        guard !line.isOld else { return .failure(.versionNotSupported) }
        if let refusal = validationBody(headers) { return .failure(refusal) }

        let (host, authority): (String, Authority)
        switch line.host(headers) {
        case .success(let found): (host, authority) = found
        case .failure(let refusal): return .failure(refusal)
        }
        if let refusal = validateUpgrade(headers) { return .failure(refusal) }

        let keys = headers.values(of: "Sec-WebSocket-Key")
        guard keys.count == 1, let key = keys.first, AcceptKey.isValid(key) else {
            return .failure(.badRequest("There must be exactly one Sec-WebSocket-Key, 16 bytes in base64."))
        }
        let origin = headers.values(of: "Origin")
        guard origin.count <= 1 else { return .failure(.badRequest("There is more than one Origin header.")) }
        // A page cannot set the headers that a proxy might pass on.
        let asked = forwarding?.host(in: headers) ?? authority
        let isSecure = isSecure || forwarding?.isSecure(in: headers) ?? false
        guard origins.admits(origin: origin.first, host: asked, isSecure: isSecure) else {
            return .failure(.foreignOrigin)
        }

        let subprotocols = headers.values(of: "Sec-WebSocket-Protocol").flatMap(\.listElements)
        guard subprotocols.allSatisfy(\.isToken) else {
            return .failure(.badRequest("A subprotocol is not a token."))
        }
        guard let extensions = ExtensionElement.parse(headers.values(of: "Sec-WebSocket-Extensions")) else {
            return .failure(.badRequest("Sec-WebSocket-Extensions is malformed."))
        }
        return .success(
            UpgradeRequest(
                line: line, headers: headers, host: host, origin: origin.first, subprotocols: subprotocols, key: key,
                extensions: extensions))
    }

    private init(
        line: RequestLine, headers: HTTPHeaders, host: String, origin: String?, subprotocols: [String], key: String,
        extensions: [ExtensionElement]
    ) {
        target = line.target
        (path, query) = line.pathAndQuery
        self.headers = headers
        self.host = host
        self.origin = origin
        var seen: Set<String> = []
        self.subprotocols = subprotocols.filter { seen.insert($0).inserted }
        self.key = key
        self.extensions = extensions
    }

    /// Returns a refusal if the request has a body. An ambiguous end of a body would allow request smuggling.
    private static func validationBody(_ headers: HTTPHeaders) -> Refusal? {
        let lengths = headers.values(of: "Content-Length")
        guard lengths.count <= 1, lengths.first ?? "0" == "0", headers["Transfer-Encoding"] == nil else {
            return .badRequest("An upgrade request must not have a body.")
        }
        return nil
    }

    /// Whether a request asks for a WebSocket and must be validated as an upgrade.
    static func isAskedFor(_ line: RequestLine, _ headers: HTTPHeaders) -> Bool {
        let upgrades = headers.values(of: "Upgrade").flatMap(\.listElements)
        return line.method == "GET" && upgrades.contains { $0.isEqualIgnoringCase(to: "websocket") }
    }

    private static func validateUpgrade(_ headers: HTTPHeaders) -> Refusal? {
        let connection = headers.values(of: "Connection").flatMap(\.listElements)
        guard connection.contains(where: { $0.isEqualIgnoringCase(to: "upgrade") }) else {
            return .badRequest("The Connection header does not contain Upgrade.")
        }
        let versions = headers.values(of: "Sec-WebSocket-Version")
        guard versions.count <= 1 else { return .badRequest("There is more than one Sec-WebSocket-Version header.") }
        return versions.first == "13" ? nil : .unsupportedVersion
    }
}
