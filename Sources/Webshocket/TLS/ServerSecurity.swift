import EventLoops

/// What secures the connections that a server accepts; another after each reload. Empty for a server without TLS.
final class ServerSecurity: Sendable {
    private let loaded = Locked<TLSContext?>(nil)

    /// For the next connection.
    var context: TLSContext? { loaded.withLock { $0 } }

    /// Reads the files. What is there stays where one of them cannot be used.
    /// - Throws: ``StartupError``.
    func load(_ settings: ServerTLS?, for endpoint: Endpoint) throws(StartupError) {
        guard let settings else { return }
        if case .unix = endpoint {
            throw StartupError(code: .badConfiguration, message: "a Unix-domain socket has no use for tls")
        }
        let context = try settings.context()
        loaded.withLock { $0 = context }
    }

    /// - Throws: ``StartupError``.
    func reload(_ settings: ServerTLS) throws(StartupError) {
        let context = try settings.context()
        loaded.withLock { $0 = context }
    }
}
