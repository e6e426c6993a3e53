extension ClientEvent {
    /// What an operator is told of it; nil for what happens all the time.
    var line: (Log.Level, LogCause.ClientEventKind, String)? {
        switch self {
        case .open(let attempt): (.info, .open, attempt > 1 ? "connected at try \(attempt)" : "connected")
        case .waiting(let pause, let attempt, let error):
            (.warning, .waiting, "try \(attempt) follows in \(pause.duration.rounded): \(Self.text(of: error))")
        case .renewalFailed(let error, let pause?):
            (
                .warning, .renewalFailed,
                "the admission could not be renewed; the next try follows in \(pause.duration.rounded): "
                    + Self.text(of: error)
            )
        case .renewalFailed(let error, pause: nil):
            (.error, .renewalFailed, "the admission could not be renewed and will expire: \(Self.text(of: error))")
        case .closed(let error?): (.error, .closed, "not connected: \(Self.text(of: error))")
        case .closed(because: nil): (.info, .closed, "closed")
        case .restored(let restoration) where !restoration.refused.isEmpty:
            (
                .warning, .restored,
                "subscriptions and rooms refused after reconnecting: "
                    + restoration.refused.map(\.name).joined(separator: ", ")
            )
        case .connecting, .restored, .renewed, .sent, .received: nil
        }
    }

    /// Of an error that is the application's only its type.
    private static func text(of error: any Error) -> String {
        switch error {
        case let error as ClientError: error.description
        case let error as RPCError: error.description
        default: "\(type(of: error))"
        }
    }
}

extension Duration {
    /// In seconds, to the millisecond.
    fileprivate var rounded: String {
        let milliseconds = Int64((self / .milliseconds(1)).rounded())
        return "\(Double(milliseconds) / 1_000) s"
    }
}
