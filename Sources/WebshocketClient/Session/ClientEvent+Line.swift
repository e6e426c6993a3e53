extension ClientEvent {
    /// The log line for the event; nil for routine events.
    var line: (LogSink.Level, LogCause.ClientEventKind, String)? {
        switch self {
        case .open(let attempt): (.info, .open, attempt > 1 ? "connected on attempt \(attempt)" : "connected")
        case .waiting(let pause, let attempt, let error):
            (.warning, .waiting, "attempt \(attempt) starts in \(pause.duration.rounded): \(Self.text(of: error))")
        case .renewalFailed(let error, let pause?):
            (
                .warning, .renewalFailed,
                "the admission could not be renewed; the next attempt starts in \(pause.duration.rounded): "
                    + Self.text(of: error)
            )
        case .renewalFailed(let error, delay: nil):
            (.error, .renewalFailed, "the admission could not be renewed and will expire: \(Self.text(of: error))")
        case .closed(let error?): (.error, .closed, "not connected: \(Self.text(of: error))")
        case .closed(error: nil): (.info, .closed, "closed")
        case .restored(let restoration) where !restoration.refused.isEmpty:
            (
                .warning, .restored,
                "subscriptions and rooms refused after reconnecting: "
                    + restoration.refused.map(\.name).joined(separator: ", ")
            )
        case .connecting, .restored, .renewed, .sent, .received: nil
        }
    }

    /// The text of an error. Errors of the application appear by type only, because their text may contain secrets.
    private static func text(of error: any Error) -> String {
        switch error {
        case let error as ClientError: error.description
        case let error as RPCError: error.description
        default: "\(type(of: error))"
        }
    }
}

extension Duration {
    /// The duration in seconds, rounded to milliseconds.
    fileprivate var rounded: String {
        let milliseconds = Int64((self / .milliseconds(1)).rounded())
        return "\(Double(milliseconds) / 1_000) s"
    }
}
