import EventLoops

/// Finds what runs behind a path; made once, at start.
struct Router: Sendable {
    /// What runs behind a path.
    enum Service: Sendable {
        case packets(PacketService)
        case messages(RawService)

        /// Whether it speaks no packets.
        var isRaw: Bool {
            switch self {
            case .packets: false
            case .messages: true
            }
        }

        /// Names its handler's work on a loop.
        var label: WorkLabel {
            switch self {
            case .packets(let service): service.label
            case .messages(let service): service.label
            }
        }

        /// Whether its packets wait for `receive()`.
        var isAccepting: Bool {
            switch self {
            case .packets(let service): service.handler is AcceptingHandler
            case .messages: false
            }
        }
    }

    private let services: [String: Service]

    /// - Parameter limiter: takes up the handlers' rate limits.
    /// - Throws: ``StartupError`` that names the path or the method at fault.
    init(_ routes: [Route], limiter: inout RateLimiterBuilder, channels: HubSettings) throws(StartupError) {
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
                throw .badRoute("path '\(route.path)' has two handlers")
            }
        }
        self.services = services
    }

    /// - Throws: ``StartupError`` for what no request can have as its path.
    static func check(_ path: String) throws(StartupError) {
        guard path.hasPrefix("/"), !path.contains("?"), !path.contains("#") else {
            throw .badRoute("path '\(path)': a path begins with '/' and has no '?' or '#'")
        }
        guard path.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else {
            throw .badRoute("path '\(path)': a path is as it is sent: ASCII, with %20 for a blank")
        }
    }

    func service(at path: String) -> Service? {
        services[path]
    }

    /// The rules of a path's channels; none for raw messages.
    func rules(at path: String) -> RuleTable {
        switch services[path] {
        case .packets(let service): service.rules
        case .messages, nil: .none
        }
    }
}

extension StartupError {
    static func badRoute(_ message: String) -> StartupError {
        StartupError(code: .badRoute, message: message.escapingControlCharacters)
    }
}
