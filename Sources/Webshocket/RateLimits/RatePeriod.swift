/// The time in which a rate limit lets its number of calls through: "500ms", "10s", "1m", "2h", "1d", or a `Duration`.
///
/// From 1 ms to 366 days. A literal is one whole number above zero and one unit, with nothing between, before or
/// behind; what is no period is told when the server starts.
public struct RatePeriod: Sendable, Hashable, ExpressibleByStringLiteral {
    private enum Content: Sendable, Hashable {
        case time(Duration)
        /// A literal that is no period: it cannot throw, so it waits for the start to be reported.
        case text(String)
    }

    private static let shortest = Duration.milliseconds(1)
    private static let longest = Duration.seconds(366 * 86_400)
    /// Milliseconds of each unit, the longest first.
    private static let units: [(name: String, milliseconds: Int128)] = [
        ("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1_000), ("ms", 1),
    ]

    private let content: Content

    /// Makes a period of a time from 1 ms to 366 days.
    public init(_ time: Duration) {
        content = .time(time)
    }

    /// Makes a period of a literal such as "10s".
    public init(stringLiteral text: String) {
        self.init(text)
    }

    /// Some minutes, 1 to 527,040.
    public static func minutes(_ count: Int) -> RatePeriod { RatePeriod(count, of: 60) }
    /// Some hours, 1 to 8,784.
    public static func hours(_ count: Int) -> RatePeriod { RatePeriod(count, of: 3_600) }
    /// Some days, 1 to 366.
    public static func days(_ count: Int) -> RatePeriod { RatePeriod(count, of: 86_400) }

    private init(_ count: Int, of seconds: Int) {
        // What is out of range stays so when it is cut to what a `Duration` can say.
        self.init(.seconds(min(max(count, 0), 1_000_000) * seconds))
    }

    /// Makes a period of a text such as "10s", as a configuration may have it; what is none is told when the server
    /// starts.
    public init(_ text: String) {
        content = Self.time(of: text).map(Content.time) ?? .text(text)
    }

    private static func time(of text: String) -> Duration? {
        let digits = text.prefix { $0.isASCII && $0.isNumber }
        let unit = text.dropFirst(digits.count)
        guard !digits.isEmpty, let unit = units.first(where: { $0.name == unit }) else { return nil }
        // What is too long for a `Duration` to say is out of range as well when it is cut to what is not.
        let count = min(Int64(digits) ?? .max, 1_000_000_000_000)
        guard count > 0 else { return nil }
        return Duration(attoseconds: Int128(count) * unit.milliseconds * .attosecondsPerMillisecond)
    }

    /// The time, where there is one and it is in range.
    package var time: Duration? {
        guard case .time(let time) = content, time >= Self.shortest, time <= Self.longest else { return nil }
        return time
    }

    /// What is wrong with the period, or nil.
    package var fault: String? {
        switch content {
        case .text(let text):
            "period '\(text)' is none: a whole number above zero and a unit are, as in 500ms, 10s, 1m, 2h or 1d"
        case .time:
            time == nil ? "period \(self) is out of range: it is to be 1ms to 366d" : nil
        }
    }
}

extension RatePeriod: CustomStringConvertible {
    /// The period as a literal would have it, in the longest unit that it is a whole number of.
    public var description: String {
        switch content {
        case .text(let text): return text
        case .time(let time):
            let (milliseconds, rest) = time.attoseconds.quotientAndRemainder(dividingBy: .attosecondsPerMillisecond)
            guard rest == 0, let unit = Self.units.first(where: { milliseconds % $0.milliseconds == 0 }) else {
                return "\(time)"
            }
            return "\(milliseconds / unit.milliseconds)\(milliseconds == 0 ? "ms" : unit.name)"
        }
    }
}

extension Int128 {
    static let attosecondsPerMillisecond: Int128 = 1_000_000_000_000_000
}
