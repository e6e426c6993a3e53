// The consequences of failed connections for the next attempt.

extension Error {
    /// The consequence of a failed connection attempt for the next attempt.
    /// - Parameter isReconnecting: Whether the client was connected before. If so, an unexpected response may come from
    ///   an intermediary, such as a captive portal, that may be gone soon.
    func outlook(isReconnecting: Bool) -> ReconnectMachine.Outlook {
        switch self {
        case let error as ClientError: error.clientOutlook(isReconnecting)
        case let error as RPCError: error.answerOutlook
        default: .mayHeal
        }
    }
}

extension ClientError {
    fileprivate func clientOutlook(_ isReconnecting: Bool) -> ReconnectMachine.Outlook {
        switch code {
        case .untrustedCertificate: isReconnecting ? .mayHeal : .hopeless
        case .invalidURL, .invalidConfiguration, .cannotEncode, .unexpectedReply: .hopeless
        case .upgradeRefused: statusOutlook(isReconnecting)
        // The proxy's rules and users do not change by themselves, but it may reach the server later.
        case .proxyRefused: [401, 403, 405, 407].contains(httpStatus) ? .hopeless : .mayHeal
        // The server upgraded the connection, but to an unsupported subprotocol.
        case .handshakeFailed: httpStatus == 101 ? .hopeless : .mayHeal
        default: closure?.outlook ?? .mayHeal
        }
    }

    /// The consequence of an HTTP status for the next attempt (RFC 9110, section 15). Client errors are permanent,
    /// except those about timing and load.
    private func statusOutlook(_ isReconnecting: Bool) -> ReconnectMachine.Outlook {
        switch httpStatus ?? 0 {
        case 408, 425, 429, 500, 502...504, 506...599: retryAfter.map { .notBefore($0) } ?? .mayHeal
        case 400...505: .hopeless
        default: isReconnecting ? .mayHeal : .hopeless
        }
    }
}

extension RPCError {
    /// The consequence of a failed call of the preparation for the next attempt.
    fileprivate var answerOutlook: ReconnectMachine.Outlook {
        switch code {
        case .rateLimited: .notBefore(retryAfter ?? .seconds(1))
        // Each connection gets its own advice, as in a close frame.
        case .shuttingDown: retryAfter.map { .after($0) } ?? .mayHeal
        case .overloaded, .deadlineExceeded, .cancelled, .internalError: retryAfter.map { .notBefore($0) } ?? .mayHeal
        default: .hopeless
        }
    }
}

extension ConnectionClosure {
    /// The consequence of the end of a connection for the next attempt. See Protocol.md, "Reconnection".
    package var outlook: ReconnectMachine.Outlook {
        switch advice {
        case .doNotReconnect: return .hopeless
        case .after(let time): return .after(time)
        case nil: break
        }
        switch code.rawValue {
        // Normal closure, unsupported data, policy violation, mandatory extension (RFC 6455, section 7.4.1).
        case 1000, 1003, 1008, 1010: return .hopeless
        case 3500...3999, 4500...4999: return .hopeless
        default: return .mayHeal
        }
    }

    /// Whether a message of the client may be the cause of the close. The client does not send such messages again on
    /// the next connection.
    package var mayBeCausedByMessage: Bool { [1002, 1003, 1007, 1009].contains(code.rawValue) }
}
