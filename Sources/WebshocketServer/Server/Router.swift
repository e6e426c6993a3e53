import EventLoops

/// Maps paths to their services. Created once, at start.
struct Router: Sendable {
    /// The service at a path.
    enum Service: Sendable {
        case packets(PacketService)
        case messages(RawService)

        /// Whether the path exchanges raw messages instead of packets.
        var isRaw: Bool {
            switch self {
            case .packets: false
            case .messages: true
            }
        }

        /// Names the handler's work on a loop, for the watchdog.
        var label: WorkLabel {
            switch self {
            case .packets(let service): service.label
            case .messages(let service): service.label
            }
        }

        /// Whether the path's packets are buffered for `receive()`.
        var isAccepting: Bool {
            switch self {
            case .packets(let service): service.handler is AcceptingHandler
            case .messages: false
            }
        }
    }

    private let services: [String: Service]

    /// - Parameter limiter: Registers the handlers' rate limits.
    /// - Throws: ``ServerError`` that names the invalid path or method.
    init(_ routes: [WebSocketRoute], limiter: inout RateLimiterBuilder, channels: HubSettings) throws(ServerError) {
        var services: [String: Service] = [:]
        for route in routes {
            try Self.check(route.path)
            let service: Service =
                switch route.service {
                case .packets(let handler):
                    .packets(try PacketService(handler, path: route.path, limiter: &limiter, channels: channels))
                case .messages(let declared):
                    .messages(try RawService(declared, path: route.path, limiter: &limiter))
                }
            guard services.updateValue(service, forKey: route.path) == nil else {
                throw .invalidRoute("path '\(route.path)' has two handlers")
            }
        }
        self.services = services
    }

    /// - Throws: ``ServerError`` if no request can have the path.
    static func check(_ path: String) throws(ServerError) {
        guard path.hasPrefix("/"), !path.contains("?"), !path.contains("#") else {
            throw .invalidRoute("path '\(path)': a path must begin with '/' and must not contain '?' or '#'")
        }
        guard path.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else {
            throw .invalidRoute("path '\(path)': a path must be ASCII; percent-encode other characters and spaces")
        }
    }

    func service(at path: String) -> Service? {
        services[path]
    }

    /// Returns the channel rules of a path; empty for raw messages.
    func rules(at path: String) -> RuleTable {
        switch services[path] {
        case .packets(let service): service.rules
        case .messages, nil: .none
        }
    }
}

extension ServerError {
    static func invalidRoute(_ message: String) -> ServerError {
        ServerError(code: .invalidRoute, message: message.escapingControlCharacters)
    }
}
