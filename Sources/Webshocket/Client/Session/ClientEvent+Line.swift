extension ClientEvent {
    /// What an operator is told of it; nil for what happens all the time.
    var line: (Log.Level, LogCause.ClientEventKind, String)? {
        switch self {
        case .open(let attempt): (.info, .open, attempt > 1 ? "connected at try \(attempt)" : "connected")
        case .waiting(_, let attempt, let error):
            (.warning, .waiting, "try \(attempt) follows: \(Self.text(of: error))")
        case .closed(let error?): (.error, .closed, "not connected: \(Self.text(of: error))")
        case .closed(because: nil): (.info, .closed, "closed")
        case .restored(let restoration) where !restoration.refused.isEmpty:
            (
                .warning, .restored,
                "subscriptions and rooms refused after reconnecting: "
                    + restoration.refused.map(\.name).joined(separator: ", ")
            )
        case .connecting, .restored, .sent, .received: nil
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
