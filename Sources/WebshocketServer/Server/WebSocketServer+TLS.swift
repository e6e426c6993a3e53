import EventLoops

extension WebSocketServer {
    /// Reloads the certificates and the key. They apply to new connections; existing connections continue. The files
    /// are read synchronously, which can take some time.
    /// - Throws: ``ServerError`` if a file cannot be used. Then the previous certificates remain in use.
    public func reloadTLS() throws(ServerError) {
        guard let tls = configuration.tls else {
            throw ServerError(code: .invalidConfiguration, message: "cannot reload TLS: it is not configured")
        }
        try security.reload(tls)
    }

    /// Reloads the certificates and the key at each SIGHUP, until the task is cancelled, and logs the result.
    /// Meanwhile, the signal's default effect is disabled.
    /// - Parameter isReady: Called when the signal is handled, or cannot be handled.
    public func reloadTLSOnHangUp(isReady: @Sendable () -> Void = {}) async {
        let log = configuration.log
        let signals: SignalSource
        do {
            signals = try await SignalSource.open([Self.hangUp])
        } catch {
            log(.warning, "cannot watch for SIGHUP: \(error)")
            return isReady()
        }
        isReady()
        for await _ in signals.signals {
            do {
                try reloadTLS()
                log(.info, "reloaded the certificates")
            } catch {
                log(.error, "cannot reload the certificates; the previous ones remain in use: \(error)")
            }
        }
        await signals.close()
    }

    /// SIGHUP.
    private static let hangUp: Int32 = 1

    /// The URL scheme of the server over TCP.
    var scheme: String { configuration.tls == nil ? "ws" : "wss" }
}
