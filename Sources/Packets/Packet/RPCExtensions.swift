/// Keys of an `rpc` map behind those of webshocket.v1, whose readers ignore them.
package typealias RPCExtensions = [(key: String, value: Value)]

extension RPCErrorCode {
    /// How many keys a response with this code has beyond those of the format: its own, where `error` cannot say it.
    var extraKeys: Int { self == wireCode ? 0 : 1 }
}

extension RPCResponse {
    /// None without an error, whose they are.
    var extensions: RPCExtensions { error == nil ? [] : .ofError(data: errorData, retryAfter: retryAfter) }
}

extension RPCExtensions {
    /// What an error says besides its code and its text (Protocol.md, "Errors").
    package static func ofError(data: Value?, retryAfter: Duration?) -> RPCExtensions {
        var extensions: RPCExtensions = []
        if let retryAfter { extensions.append(("retry_after", .double(retryAfter.wholeWireMilliseconds / 1_000))) }
        if let data { extensions.append(("data", data)) }
        return extensions
    }
}

extension Duration {
    /// Seconds, as times travel; exact to the millisecond for some thousand years.
    package var wireSeconds: Double { Double(attoseconds) / 1e18 }

    /// Rounded up, so that who waits as long does not come too early; 0 for what is past.
    fileprivate var wholeWireMilliseconds: Double {
        let (count, rest) = attoseconds.quotientAndRemainder(dividingBy: 1_000_000_000_000_000)
        return Double(max(0, rest > 0 ? count + 1 : count))
    }

    /// Seconds in whole milliseconds, rounded down, so that a deadline is not missed; 0 for a negative duration.
    package var wireSecondsRoundedDown: Double {
        Double(max(0, attoseconds / 1_000_000_000_000_000)) / 1_000
    }

    /// Reads seconds, rounded to a millisecond; nil for what is negative, no number, or beyond ten thousand years.
    package init?(wireSeconds seconds: Double) {
        guard seconds >= 0, seconds < 3e11 else { return nil }
        self = .milliseconds(Int64((seconds * 1_000).rounded()))
    }
}
