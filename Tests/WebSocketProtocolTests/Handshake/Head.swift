import WebSocketProtocol

/// The head of a valid request, which tests modify.
struct Head {
    var line = "GET /chat HTTP/1.1"
    var lines = [
        "Host: server.example.com", "Upgrade: websocket", "Connection: Upgrade",
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==", "Origin: http://example.com", "Sec-WebSocket-Version: 13",
    ]

    init(line: String = "GET /chat HTTP/1.1") {
        self.line = line
    }

    /// The first header line of a name. Setting it replaces the line, or appends it if there is none; nil removes it.
    subscript(name: String) -> String? {
        get { lines.first { $0.hasPrefix(name + ":") } }
        set {
            let index = lines.firstIndex { $0.hasPrefix(name + ":") }
            switch (index, newValue) {
            case (let index?, let value?): lines[index] = "\(name): \(value)"
            case (nil, let value?): lines.append("\(name): \(value)")
            case (let index?, nil): lines.remove(at: index)
            case (nil, nil): break
            }
        }
    }

    var bytes: [UInt8] { Array(([line] + lines).joined(separator: "\r\n").utf8) + Array("\r\n\r\n".utf8) }

    func request(origins: OriginPolicy = .any) -> UpgradeRequest? {
        var handshake = ServerHandshake(origins: origins)
        guard case .upgrade(let request, _) = handshake.receive(bytes) else { return nil }
        return request
    }
}

extension ServerHandshake {
    mutating func receive(_ bytes: [UInt8]) -> Action {
        bytes.withUnsafeBytes { received($0) }
    }
}

extension ServerHandshake.Action {
    /// "more", "upgrade", "plain" or the status of the refusal.
    var outline: String {
        switch self {
        case .needMore: "more"
        case .upgrade: "upgrade"
        case .plain: "plain"
        case .refuse(let refusal): String(refusal.status)
        }
    }
}
