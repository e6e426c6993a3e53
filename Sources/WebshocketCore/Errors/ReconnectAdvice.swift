/// A server's advice on reconnecting after it closes a connection (Protocol.md, "Reconnection").
///
/// The advice is part of the close frame's reason, so a client receives it regardless of its codec.
public enum ReconnectAdvice: Sendable, Hashable {
    /// Reconnect after at least this time, from zero to a week, in whole milliseconds.
    case after(Duration)
    /// Do not reconnect: the next connection would end like this one.
    case doNotReconnect

    private static let mark = "; retry-after="

    /// The longest pause that a server may request: a week. A longer pause in a close frame is invalid; from other
    /// sources, it counts as a week.
    package static let longest = Duration.seconds(604_800)

    private static let longestMilliseconds = 604_800_000

    /// The number of bytes of a close frame's reason that are reserved for the longest advice.
    package static let reservedBytes = 32

    /// Parses the advice at the end of a close frame's reason; nil if there is none, or if it is invalid.
    package init?(reason: String) {
        guard let mark = reason.ranges(of: Self.mark).last else { return nil }
        let text = reason[mark.upperBound...]
        if text == "never" {
            self = .doNotReconnect
        } else {
            guard let milliseconds = Self.milliseconds(text) else { return nil }
            self = .after(.milliseconds(milliseconds))
        }
    }

    /// The text that is appended to a reason.
    package var suffix: String {
        switch self {
        case .doNotReconnect: return Self.mark + "never"
        case .after(let time):
            let milliseconds = min(max(time / .milliseconds(1), 0), Double(Self.longestMilliseconds)).rounded(.up)
            let (seconds, rest) = Int(milliseconds).quotientAndRemainder(dividingBy: 1_000)
            guard rest > 0 else { return Self.mark + String(seconds) }
            let digits = String(1_000 + rest).dropFirst()
            return Self.mark + "\(seconds).\(digits)"
        }
    }

    /// Parses seconds with at most three decimals; nil if the text is invalid, or stands for more than a week.
    private static func milliseconds(_ text: Substring) -> Int? {
        let parts = text.split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
        let decimals = parts.count > 1 ? parts[1] : "0"
        guard let seconds = number(parts[0], digits: 1...6), let fraction = number(decimals, digits: 1...3) else {
            return nil
        }
        let scale = [100, 10, 1][decimals.count - 1]
        let milliseconds = seconds * 1_000 + fraction * scale
        return milliseconds <= longestMilliseconds ? milliseconds : nil
    }

    private static func number(_ text: Substring, digits: ClosedRange<Int>) -> Int? {
        guard digits ~= text.utf8.count, text.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
        return Int(text)
    }
}

extension Duration {
    /// The duration, limited to the range of a server's advice: at least zero, at most a week.
    package var asReconnectAdvice: Duration { min(max(self, .zero), ReconnectAdvice.longest) }
}

extension ConnectionClosure {
    /// Creates a closure that tells the peer whether and when to reconnect.
    /// - Parameters:
    ///   - code: 1000–1003, 1007–1014, or a code of the application in 3000–4899.
    ///   - reason: The text for the peer; truncated at a character boundary after 91 bytes of UTF-8.
    ///   - advice: When to reconnect; appended to the reason.
    public init(_ code: CloseCode, reason: String, advice: ReconnectAdvice) {
        let text = reason.prefix(utf8: ConnectionClosure.longestReason - ReconnectAdvice.reservedBytes)
        self.init(code, reason: text + advice.suffix)
    }

    /// The peer's advice on reconnecting; nil if the reason has none.
    public var advice: ReconnectAdvice? { ReconnectAdvice(reason: reason) }

    /// The largest size of a reason, in bytes of UTF-8 (RFC 6455, 5.5.1).
    private static let longestReason = 123
}

extension String {
    /// The longest prefix of whole characters that has at most `limit` bytes.
    fileprivate func prefix(utf8 limit: Int) -> String {
        guard utf8.count > limit else { return self }
        var bytes = 0
        return String(
            prefix { character in
                bytes += character.utf8.count
                return bytes <= limit
            })
    }
}
