import WebSocketProtocol

/// The pause that an answer asks for with `Retry-After` (RFC 9110, 10.2.3).
package enum RetryAfter {
    /// Reads seconds or a date.
    /// - Parameters:
    ///   - headers: of the answer. A date counts from the answer's own `Date`, so that the clocks need not agree. Of
    ///     several values the longest counts.
    ///   - now: seconds since 1970, for an answer without a valid `Date`.
    /// - Returns: from zero, also for a date in the past, to a week, also for a longer time; nil if no value is valid.
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
