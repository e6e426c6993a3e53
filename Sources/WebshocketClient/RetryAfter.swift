import WebSocketProtocol

/// The pause that a server requests with `Retry-After` (RFC 9110, section 10.2.3).
package enum RetryAfter {
    /// Parses `Retry-After` headers, in seconds or as dates.
    /// - Parameters:
    ///   - headers: The headers of the response. A date is compared with the response's own `Date`, so the clocks need
    ///     not agree. Of several values, the longest pause counts.
    ///   - now: The current time in seconds since 1970, for a response without a valid `Date`.
    /// - Returns: The pause, from zero (for dates in the past) to one week (for longer pauses); nil if no value is
    ///   valid.
    package static func pause(in headers: HTTPHeaders, at now: Int64) -> Duration? {
        let begin = headers["Date"].flatMap { HTTPDate.seconds(in: $0, at: now) } ?? now
        let pauses = headers.values(of: "Retry-After").compactMap { pause($0, from: begin) }
        return pauses.max()?.asReconnectAdvice
    }

    private static func pause(_ text: String, from begin: Int64) -> Duration? {
        if !text.isEmpty, text.utf8.allSatisfy({ (0x30...0x39).contains($0) }) {
            return .seconds(Int64(text) ?? .max)
        }
        return HTTPDate.seconds(in: text, at: begin).map { .seconds($0) - .seconds(begin) }
    }
}
