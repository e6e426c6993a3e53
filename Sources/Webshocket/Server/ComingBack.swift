/// What a server that shuts down tells its clients about coming back (Protocol.md, "Reconnection").
public enum ComingBack: Sendable, Hashable {
    /// Each client at another time, picked at random in a window that begins when its connection is closed: from zero
    /// to a week.
    case within(ClosedRange<Duration>)
    /// Not at all.
    case never
    /// Nothing, so that each does as it likes.
    case unsaid

    /// For one connection.
    package func advice() -> ReconnectAdvice? {
        switch self {
        case .within(let window):
            let part = Double.random(in: 0...1)
            return .after(window.lowerBound + (window.upperBound - window.lowerBound) * part)
        case .never: return .never
        case .unsaid: return nil
        }
    }

    /// For a client that has no connection yet: whole seconds, rounded up (RFC 9110, 10.2.3).
    var retryAfter: Int? {
        switch advice() {
        case .after(let time): Int((time / .seconds(1)).rounded(.up))
        case .never, nil: nil
        }
    }

    /// With a window that is as near as can be to one that is out of its range.
    package var clamped: ComingBack {
        guard case .within(let window) = self else { return self }
        return .within(window.clamped(to: .zero...ReconnectAdvice.longest))
    }

    /// - Throws: ``StartupError`` for a window out of its range.
    func check() throws(StartupError) {
        let longest = ReconnectAdvice.longest
        guard case .within(let window) = self, window.lowerBound < .zero || window.upperBound > longest else { return }
        throw StartupError(
            code: .badConfiguration, message: "comingBack is to be within zero and a week, not \(window)")
    }
}
