// What the ways in which a connection fails say about the next try.

extension Error {
    /// What a try to connect that ended with this says about the next one.
    /// - Parameter isReconnecting: whether there was a connection before: then an answer that is no server's of this
    ///   kind is somebody's in between, such as a hotel's, who may be gone soon.
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
        // Its rules and its user names do not change by themselves; that it does not reach the server may.
        case .proxyRefused: [401, 403, 405, 407].contains(httpStatus) ? .hopeless : .mayHeal
        // It did upgrade, to what this client does not speak.
        case .handshakeFailed: httpStatus == 101 ? .hopeless : .mayHeal
        default: closure?.outlook ?? .mayHeal
        }
    }

    /// RFC 9110, 15: what the client is to blame for, the client will be to blame for again.
    private func statusOutlook(_ isReconnecting: Bool) -> ReconnectMachine.Outlook {
        switch httpStatus ?? 0 {
        case 408, 425, 429, 500, 502...504, 506...599: retryAfter.map { .notBefore($0) } ?? .mayHeal
        case 400...505: .hopeless
        default: isReconnecting ? .mayHeal : .hopeless
        }
    }
}

extension RPCError {
    /// Of a call that prepares a connection.
    fileprivate var answerOutlook: ReconnectMachine.Outlook {
        switch code {
        case .rateLimited: .notBefore(retryAfter ?? .seconds(1))
        // Each connection is given its own advice, as in a close frame.
        case .shuttingDown: retryAfter.map { .after($0) } ?? .mayHeal
        case .overloaded, .deadlineExceeded, .cancelled, .internalError: retryAfter.map { .notBefore($0) } ?? .mayHeal
        default: .hopeless
        }
    }
}

extension ConnectionClosure {
    /// See Protocol.md, "Reconnection".
    package var outlook: ReconnectMachine.Outlook {
        switch advice {
        case .never: return .hopeless
        case .after(let time): return .after(time)
        case nil: break
        }
        switch code.rawValue {
        // The purpose is fulfilled; the kind of data is not taken; a rule was broken; an extension is missing.
        case 1000, 1003, 1008, 1010: return .hopeless
        case 3500...3999, 4500...4999: return .hopeless
        default: return .mayHeal
        }
    }

    /// Whether a message of the client's may be what the server could not accept, so that the client does not send it
    /// again on the next connection.
    package var mayBeCausedByMessage: Bool { [1002, 1003, 1007, 1009].contains(code.rawValue) }
}
