/// The period of a rate limit: a literal such as "500ms", "10s", "1m", "2h" or "1d", or a `Duration`.
///
/// A period is 1 ms to 366 days. A literal is a whole number above zero and a unit, without spaces. The server does not
/// start if a period is invalid.
public struct RatePeriod: Sendable, Hashable, ExpressibleByStringLiteral {
    private enum Content: Sendable, Hashable {
        case time(Duration)
        /// An invalid literal. A literal cannot throw, so the error is reported when the server starts.
        case text(String)
    }

    private static let shortest = Duration.milliseconds(1)
    private static let longest = Duration.seconds(366 * 86_400)
    /// The units and their milliseconds, in descending order.
    private static let units: [(name: String, milliseconds: Int128)] = [
        ("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1_000), ("ms", 1),
    ]

    private let content: Content

    /// Creates a period from a duration; 1 ms to 366 days.
    public init(_ time: Duration) {
        content = .time(time)
    }

    /// Creates a period from a literal such as "10s".
    public init(stringLiteral text: String) {
        self.init(text)
    }

    /// Creates a period from a number of minutes; 1 to 527,040.
    public static func minutes(_ count: Int) -> RatePeriod { RatePeriod(count, of: 60) }
    /// Creates a period from a number of hours; 1 to 8,784.
    public static func hours(_ count: Int) -> RatePeriod { RatePeriod(count, of: 3_600) }
    /// Creates a period from a number of days; 1 to 366.
    public static func days(_ count: Int) -> RatePeriod { RatePeriod(count, of: 86_400) }

    private init(_ count: Int, of seconds: Int) {
        // Clamped so that it cannot overflow. A clamped count is still out of range.
        self.init(.seconds(min(max(count, 0), 1_000_000) * seconds))
    }

    /// Creates a period from a text such as "10s", for example from a configuration file.
    ///
    /// The server does not start if the text is not a valid period.
    public init(_ text: String) {
        content = Self.time(of: text).map(Content.time) ?? .text(text)
    }

    private static func time(of text: String) -> Duration? {
        let digits = text.prefix { $0.isASCII && $0.isNumber }
        let unit = text.dropFirst(digits.count)
        guard !digits.isEmpty, let unit = units.first(where: { $0.name == unit }) else { return nil }
        // Clamped so that it cannot overflow. A clamped count is still out of range.
        let count = min(Int64(digits) ?? .max, 1_000_000_000_000)
        guard count > 0 else { return nil }
        return Duration(attoseconds: Int128(count) * unit.milliseconds * .attosecondsPerMillisecond)
    }

    /// The duration; nil if the period is invalid.
    package var time: Duration? {
        guard case .time(let time) = content, time >= Self.shortest, time <= Self.longest else { return nil }
        return time
    }

    /// A description of the error if the period is invalid; otherwise nil.
    package var fault: String? {
        switch content {
        case .text(let text):
            "period must be a positive integer and a unit, such as 500ms, 10s, 1m, 2h or 1d (got '\(text)')"
        case .time:
            time == nil ? "period must be 1ms to 366d (got \(self))" : nil
        }
    }
}

extension RatePeriod: CustomStringConvertible {
    /// The period in the syntax of a literal, in the largest unit that it is a whole multiple of.
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
