import EventLoops

extension WebSocketServer {
    /// Reads the certificates and the key again: who connects from now on gets the new ones, and nobody is
    /// disconnected. It reads files, and so may take a moment.
    /// - Throws: ``StartupError`` where one of them cannot be used; then the old ones stay.
    public func reloadTLS() throws(StartupError) {
        guard let tls = configuration.tls else {
            throw StartupError(code: .badConfiguration, message: "this server has no TLS to reload")
        }
        try security.reload(tls)
    }

    /// Reads the certificates and the key again at each SIGHUP, until the task is cancelled, and logs the outcome. The
    /// signal has lost its usual effect meanwhile.
    /// - Parameter isReady: called when a signal would be heeded, or cannot be.
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
                log(.info, "the certificates were read again")
            } catch {
                log(.error, "the old certificates stay: \(error)")
            }
        }
        await signals.close()
    }

    /// SIGHUP.
    private static let hangUp: Int32 = 1

    /// The scheme of its URLs over TCP.
    var scheme: String { configuration.tls == nil ? "ws" : "wss" }
}
