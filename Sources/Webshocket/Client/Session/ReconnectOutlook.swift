// What the ways in which a connection fails say about the next try.

extension Error {
    /// What a try to connect that ended with this says about the next one.
    var outlook: ReconnectMachine.Outlook {
        switch self {
        case let error as ClientError: error.clientOutlook
        case let error as RPCError: error.answerOutlook
        default: .mayHeal
        }
    }
}

extension ClientError {
    fileprivate var clientOutlook: ReconnectMachine.Outlook {
        switch code {
        // A clock that is wrong, a certificate that is replaced: rare, and not this client's to wait for.
        case .untrustedCertificate: .hopeless
        case .invalidURL, .invalidConfiguration, .cannotEncode, .unexpectedReply: .hopeless
        case .upgradeRefused: statusOutlook
        // Its rules and its user names do not change by themselves; that it does not reach the server may.
        case .proxyRefused: [401, 403, 405, 407].contains(httpStatus) ? .hopeless : .mayHeal
        // It did upgrade, to what this client does not speak.
        case .handshakeFailed: httpStatus == 101 ? .hopeless : .mayHeal
        default: closure?.outlook ?? .mayHeal
        }
    }

    /// RFC 9110, 15: what the client is to blame for, the client will be to blame for again.
    private var statusOutlook: ReconnectMachine.Outlook {
        switch httpStatus ?? 0 {
        case 408, 425, 429, 500, 502, 503, 504, 520...599: retryAfter.map { .notBefore($0) } ?? .mayHeal
        default: .hopeless
        }
    }
}

extension RPCError {
    /// Of a call that prepares a connection.
    fileprivate var answerOutlook: ReconnectMachine.Outlook {
        switch code {
        case .rateLimited: .notBefore(retryAfter ?? .seconds(1))
        case .overloaded, .deadlineExceeded, .cancelled, .internalError: .mayHeal
        default: .hopeless
        }
    }
}

extension ConnectionClosure {
    /// See Protocol.md, "Coming back".
    var outlook: ReconnectMachine.Outlook {
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
}
