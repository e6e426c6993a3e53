/// The keys of an `rpc` map after those of webshocket.v1, whose readers ignore them.
package typealias RPCExtensions = [(key: String, value: WireValue)]

extension RPCErrorCode {
    /// The number of keys that a response with this code has in addition to those of the format: 1 if it needs a `code`
    /// key.
    var extraKeys: Int { self == wireCode ? 0 : 1 }
}

extension RPCResponse {
    /// The additional keys of an error; empty if the response is not an error.
    var extensions: RPCExtensions { error == nil ? [] : .ofError(data: errorData, retryAfter: retryAfter) }
}

extension RPCExtensions {
    /// Returns the keys for the data and the retry time of an error (Protocol.md, "Errors").
    package static func ofError(data: WireValue?, retryAfter: Duration?) -> RPCExtensions {
        var extensions: RPCExtensions = []
        if let retryAfter { extensions.append(("retry_after", .double(retryAfter.wholeWireMilliseconds / 1_000))) }
        if let data { extensions.append(("data", data)) }
        return extensions
    }
}

extension Duration {
    /// The duration in seconds, the unit on the wire. Exact to the millisecond for several thousand years.
    package var wireSeconds: Double {
        // The quotient of two numbers that a Double holds exactly is the nearest Double, so 308.841 s has no further
        // digits. Converting the 128 bits of all attoseconds would also take thousands of instructions.
        if self > .seconds(-4_000_000), self < .seconds(4_000_000) {
            let (seconds, attoseconds) = components
            if attoseconds % 1_000_000_000 == 0 {
                return Double(seconds * 1_000_000_000 + attoseconds / 1_000_000_000) / 1e9
            }
        }
        return Double(self.attoseconds) / 1e18
    }

    /// The duration in milliseconds, rounded up so that a retry is not too early; 0 for a negative duration.
    fileprivate var wholeWireMilliseconds: Double {
        let (count, rest) = attoseconds.quotientAndRemainder(dividingBy: 1_000_000_000_000_000)
        return Double(max(0, rest > 0 ? count + 1 : count))
    }

    /// The duration in seconds, rounded down to whole milliseconds so that a deadline is not missed; 0 for a negative
    /// duration.
    package var wireSecondsRoundedDown: Double {
        Double(max(0, attoseconds / 1_000_000_000_000_000)) / 1_000
    }

    /// Creates a duration from seconds, rounded to milliseconds. Nil if the number is negative, NaN, or beyond about
    /// 9,500 years.
    package init?(wireSeconds seconds: Double) {
        guard seconds >= 0, seconds < 3e11 else { return nil }
        self = .milliseconds(Int64((seconds * 1_000).rounded()))
    }
}
