import EventLoops

/// The TLS context for the connections that a server accepts, replaced by each reload. Empty for a server without TLS.
final class ServerSecurity: Sendable {
    private let loaded = Locked<TLSContext?>(nil)

    /// The context for new connections; nil without TLS.
    var context: TLSContext? { loaded.withLock { $0 } }

    /// Loads the certificates and the key. If a file cannot be used, the previous context remains.
    /// - Throws: ``ServerError`` if a file cannot be used, or the endpoint is a Unix-domain socket.
    func load(_ settings: ServerTLS?, for endpoint: Endpoint) throws(ServerError) {
        guard let settings else { return }
        if case .unix = endpoint {
            throw ServerError(code: .invalidConfiguration, message: "tls is not supported on a Unix-domain socket")
        }
        let context = try settings.context()
        loaded.withLock { $0 = context }
    }

    /// Reloads the certificates and the key. If a file cannot be used, the previous context remains.
    /// - Throws: ``ServerError`` if a file cannot be used.
    func reload(_ settings: ServerTLS) throws(ServerError) {
        let context = try settings.context()
        loaded.withLock { $0 = context }
    }
}
