/// A parser of one ISO 8601 point in time.
struct TimestampReader {
    var rest: Slice<UnsafeBufferPointer<UInt8>>

    mutating func read() -> Timestamp? {
        guard let year = year(), take("-"), let month = number(digits: 2), (1...12).contains(month), take("-"),
            let day = number(digits: 2), day >= 1, day <= Timestamp.days(inMonth: month, of: year),
            take("T") || take("t") || take(" "),
            let hour = number(digits: 2), hour < 24, take(":"),
            let minute = number(digits: 2), minute < 60, take(":"),
            let second = number(digits: 2), second < 60,
            let nanoseconds = fraction(), let offset = offset(), rest.isEmpty
        else { return nil }
        let ofDay = hour * 3_600 + minute * 60 + second - offset
        let whole = Timestamp.day(year: year, month: month, day: day)
        // The first day that 64 bits of seconds can represent begins before the first second that they can. Seconds
        // before 1970 are therefore counted backwards from the end of the day.
        let borrowed: Int64 = whole < 0 ? 1 : 0
        let (product, overflow) = (whole + borrowed).multipliedReportingOverflow(by: 86_400)
        let (seconds, late) = product.addingReportingOverflow(ofDay - borrowed * 86_400)
        guard !overflow, !late else { return nil }
        return Timestamp(seconds: seconds, nanoseconds: nanoseconds)
    }

    /// Four digits, or a sign and 5 to 12 digits.
    private mutating func year() -> Int64? {
        let isNegative = take("-")
        guard isNegative || take("+") else { return number(digits: 4) }
        let digits = rest.prefix { isDigit($0) }.count
        guard (5...12).contains(digits), let magnitude = number(digits: digits) else { return nil }
        return isNegative ? -magnitude : magnitude
    }

    private mutating func fraction() -> UInt32? {
        guard take(".") || take(",") else { return 0 }
        let digits = rest.prefix { isDigit($0) }
        guard !digits.isEmpty else { return nil }
        rest = rest.dropFirst(digits.count)
        return (0..<9).reduce(0) { sum, index in
            sum * 10 + (index < digits.count ? UInt32(digits[digits.startIndex + index] - UInt8(ascii: "0")) : 0)
        }
    }

    /// Reads an offset in seconds east of UTC. Python also writes the seconds of offsets of local mean time, such as
    /// `+00:53:28`.
    private mutating func offset() -> Int64? {
        if take("Z") || take("z") { return 0 }
        let isWest = take("-")
        guard isWest || take("+"), let hours = number(digits: 2), hours < 24 else { return nil }
        _ = take(":")
        guard let minutes = number(digits: 2), minutes < 60 else { return nil }
        var seconds = hours * 3_600 + minutes * 60
        if take(":") {
            guard let rest = number(digits: 2), rest < 60 else { return nil }
            seconds += rest
        }
        return isWest ? -seconds : seconds
    }

    private func isDigit(_ byte: UInt8) -> Bool { byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9") }

    private mutating func take(_ character: Unicode.Scalar) -> Bool {
        guard rest.first == UInt8(ascii: character) else { return false }
        rest = rest.dropFirst()
        return true
    }

    /// Reads a number with exactly this many digits.
    /// - Parameter digits: The number of digits; at most 12.
    private mutating func number(digits: Int) -> Int64? {
        let text = rest.prefix(digits)
        guard text.count == digits, text.allSatisfy({ isDigit($0) }) else { return nil }
        rest = rest.dropFirst(digits)
        return text.reduce(0) { $0 * 10 + Int64($1 - UInt8(ascii: "0")) }
    }
}
