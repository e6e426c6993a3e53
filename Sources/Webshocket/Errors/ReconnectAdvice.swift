/// A server's advice on reconnecting when it closes a connection: a part of the close frame's reason, so that every
/// peer gets it, whatever it speaks (Protocol.md, "Reconnection").
public enum ReconnectAdvice: Sendable, Hashable {
    /// Reconnect after at least this time, from zero to a week, in whole milliseconds.
    case after(Duration)
    /// Do not reconnect: the next connection would end like this one.
    case never

    private static let mark = "; retry-after="

    /// The longest pause that a server may ask for: a week. Longer advice in a close frame is treated as invalid; other
    /// advice counts as a week.
    package static let longest = Duration.seconds(604_800)

    private static let longestMilliseconds = 604_800_000

    /// The bytes of a close frame's reason that no text may take from the longest advice.
    static let reservedBytes = 32

    /// Reads the end of a close frame's reason; nil for one without advice, or with advice that is none.
    init?(reason: String) {
        guard let mark = reason.ranges(of: Self.mark).last else { return nil }
        let text = reason[mark.upperBound...]
        if text == "never" {
            self = .never
        } else {
            guard let milliseconds = Self.milliseconds(text) else { return nil }
            self = .after(.milliseconds(milliseconds))
        }
    }

    /// What it appends to a reason.
    var suffix: String {
        switch self {
        case .never: return Self.mark + "never"
        case .after(let time):
            let milliseconds = min(max(time / .milliseconds(1), 0), Double(Self.longestMilliseconds)).rounded(.up)
            let (seconds, rest) = Int(milliseconds).quotientAndRemainder(dividingBy: 1_000)
            guard rest > 0 else { return Self.mark + String(seconds) }
            let digits = String(1_000 + rest).dropFirst()
            return Self.mark + "\(seconds).\(digits)"
        }
    }

    /// Seconds with at most three decimals.
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
    /// This time as advice from a server: at least zero, at most a week.
    package var asReconnectAdvice: Duration { min(max(self, .zero), ReconnectAdvice.longest) }
}

extension ConnectionClosure {
    /// Describes a closure that tells the peer whether and when to come back.
    /// - Parameters:
    ///   - code: 1000–1003, 1007–1014, or an application's own in 3000–4999.
    ///   - reason: what else the peer is told; longer than 91 bytes of UTF-8 it is cut at a character.
    ///   - advice: is appended to the reason.
    public init(_ code: CloseCode, reason: String, advice: ReconnectAdvice) {
        let text = reason.prefix(utf8: ConnectionClosure.longestReason - ReconnectAdvice.reservedBytes)
        self.init(code, reason: text + advice.suffix)
    }

    /// What the peer said about coming back; nil where it said nothing.
    public var advice: ReconnectAdvice? { ReconnectAdvice(reason: reason) }

    /// Bytes of UTF-8 (RFC 6455, 5.5.1).
    private static let longestReason = 123
}

extension String {
    /// At most so many bytes, and whole characters.
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
