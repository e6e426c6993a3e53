/// The reconnection advice that a server sends to its clients at shutdown (Protocol.md, "Reconnection").
public enum ShutdownAdvice: Sendable, Hashable {
    /// Each client reconnects at a random time within a window that begins when its connection closes. The window must
    /// lie within 0 s and 7 days.
    case reconnect(within: ClosedRange<Duration>)
    /// Clients must not reconnect.
    case doNotReconnect
    /// Clients receive no advice and use their own reconnection policy.
    case unspecified

    /// Returns the advice for one connection; nil if clients receive no advice.
    package func advice() -> ReconnectAdvice? {
        switch self {
        case .reconnect(let window):
            let part = Double.random(in: 0...1)
            return .after(window.lowerBound + (window.upperBound - window.lowerBound) * part)
        case .doNotReconnect: return .doNotReconnect
        case .unspecified: return nil
        }
    }

    /// The value of the `Retry-After` header for a client without a connection, in whole seconds, rounded up (RFC 9110,
    /// 10.2.3).
    var retryAfter: Int? {
        switch advice() {
        case .after(let time): Int((time / .seconds(1)).rounded(.up))
        case .doNotReconnect, nil: nil
        }
    }

    /// The same setting with its window clamped to the valid range.
    package var clamped: ShutdownAdvice {
        guard case .reconnect(let window) = self else { return self }
        return .reconnect(within: window.clamped(to: .zero...ReconnectAdvice.longest))
    }

    /// - Throws: ``ServerError`` if the window is out of range.
    func check() throws(ServerError) {
        let longest = ReconnectAdvice.longest
        guard case .reconnect(let window) = self, window.lowerBound < .zero || window.upperBound > longest else {
            return
        }
        throw ServerError(
            code: .invalidConfiguration, message: "shutdownAdvice must be within 0 s and 7 days (got \(window))")
    }
}
