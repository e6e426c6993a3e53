/// A client's request to open a WebSocket, with all that the protocol asks of it checked.
package struct UpgradeRequest: Sendable {
    /// The path and the query, as they were sent.
    package let target: String
    /// The target up to the question mark; percent-encoding is not decoded.
    package let path: String
    /// The target behind the question mark, or nil where there is none.
    package let query: String?
    package let headers: HTTPHeaders
    /// The `Host` header.
    package let host: String
    /// The `Origin` header, which the origin policy has admitted.
    package let origin: String?
    /// The sub-protocols that the client offers, whole tokens, in its order of preference, each once.
    package let subprotocols: [String]
    package let key: String
    let extensions: [ExtensionElement]

    /// Agrees to the request.
    ///
    /// - Parameters:
    ///   - subprotocol: The one to speak; one that was not offered is left out, as a client would have to fail on it.
    ///   - compression: What to agree to if the client offers permessage-deflate, or nil to decline it.
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
    /// Judges a head that is whole, in the order: its framing, its host, the upgrade, its key, its origin, what it
    /// offers.
    static func read(
        _ line: RequestLine, headers: HTTPHeaders, origins: OriginPolicy, _ forwarding: ForwardingHeaders? = nil,
        _ isSecure: Bool = false
    ) -> Result<UpgradeRequest, Refusal> {
        guard !line.isOld else { return .failure(.versionNotSupported) }
        if let refusal = judgeBody(headers) { return .failure(refusal) }

        let (host, authority): (String, Authority)
        switch line.host(headers) {
        case .success(let found): (host, authority) = found
        case .failure(let refusal): return .failure(refusal)
        }
        if let refusal = judgeUpgrade(headers) { return .failure(refusal) }

        let keys = headers.values(of: "Sec-WebSocket-Key")
        guard keys.count == 1, let key = keys.first, AcceptKey.isValid(key) else {
            return .failure(.badRequest("There must be one Sec-WebSocket-Key, 16 bytes in base64."))
        }
        let origin = headers.values(of: "Origin")
        guard origin.count <= 1 else { return .failure(.badRequest("There are two Origin headers.")) }
        // No page can set the headers that a proxy may pass on.
        let asked = forwarding?.host(in: headers) ?? authority
        let isSecure = isSecure || forwarding?.isSecure(in: headers) ?? false
        guard origins.admits(origin: origin.first, host: asked, isSecure: isSecure) else {
            return .failure(.foreignOrigin)
        }

        let subprotocols = headers.values(of: "Sec-WebSocket-Protocol").flatMap(\.listElements)
        guard subprotocols.allSatisfy(\.isToken) else {
            return .failure(.badRequest("A sub-protocol is not a token."))
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

    /// A request that upgrades has no body; two readings of where one ends are how requests are smuggled.
    private static func judgeBody(_ headers: HTTPHeaders) -> Refusal? {
        let lengths = headers.values(of: "Content-Length")
        guard lengths.count <= 1, lengths.first ?? "0" == "0", headers["Transfer-Encoding"] == nil else {
            return .badRequest("A request for an upgrade has no body.")
        }
        return nil
    }

    /// Whether a request is for a WebSocket, and to be judged as such.
    static func isAskedFor(_ line: RequestLine, _ headers: HTTPHeaders) -> Bool {
        let upgrades = headers.values(of: "Upgrade").flatMap(\.listElements)
        return line.method == "GET" && upgrades.contains { $0.isEqualIgnoringCase(to: "websocket") }
    }

    private static func judgeUpgrade(_ headers: HTTPHeaders) -> Refusal? {
        let connection = headers.values(of: "Connection").flatMap(\.listElements)
        guard connection.contains(where: { $0.isEqualIgnoringCase(to: "upgrade") }) else {
            return .badRequest("The Connection header lacks the token Upgrade.")
        }
        let versions = headers.values(of: "Sec-WebSocket-Version")
        guard versions.count <= 1 else { return .badRequest("There are two Sec-WebSocket-Version headers.") }
        return versions.first == "13" ? nil : .unsupportedVersion
    }
}
