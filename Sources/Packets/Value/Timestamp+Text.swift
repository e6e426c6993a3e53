extension Timestamp: LosslessStringConvertible {
    private static let secondsPerDay: Int64 = 86_400

    /// The timestamp as ISO 8601 in UTC, such as `2024-05-06T07:08:09.123Z`.
    ///
    /// The fraction has as many digits as it needs: 0, 3, 6 or 9. Years outside 0000 to 9999 have a sign and at least
    /// six digits, as in JavaScript.
    public var description: String {
        let day = seconds.flooredQuotient(by: Self.secondsPerDay)
        // `seconds - day * 86,400` would overflow: near the minimum of `Int64` the product is below that minimum.
        let second = ((seconds % Self.secondsPerDay) + Self.secondsPerDay) % Self.secondsPerDay
        let (year, month, dayOfMonth) = Self.civil(fromDay: day)
        let yearText =
            (0...9_999).contains(year)
            ? Self.padded(year, to: 4) : (year < 0 ? "-" : "+") + Self.padded(abs(year), to: 6)
        let date = "\(yearText)-\(Self.padded(month, to: 2))-\(Self.padded(dayOfMonth, to: 2))"
        let hour = Self.padded(second / 3_600, to: 2)
        let minute = Self.padded(second / 60 % 60, to: 2)
        return "\(date)T\(hour):\(minute):\(Self.padded(second % 60, to: 2))\(fraction)Z"
    }

    private var fraction: String {
        switch nanoseconds {
        case 0: ""
        case let value where value.isMultiple(of: 1_000_000): "." + Self.padded(Int64(value / 1_000_000), to: 3)
        case let value where value.isMultiple(of: 1_000): "." + Self.padded(Int64(value / 1_000), to: 6)
        case let value: "." + Self.padded(Int64(value), to: 9)
        }
    }

    /// Creates a timestamp from ISO 8601: a date, `T` or a space, a time with an optional fraction, and `Z` or an
    /// offset.
    ///
    /// Digits of the fraction after the ninth are ignored. Nil if the text has another form, or if its seconds do not
    /// fit in 64 bits.
    public init?(_ description: String) {
        var text = description
        let parsed = text.withUTF8 { bytes -> Timestamp? in
            var reader = TimestampReader(rest: bytes[...])
            return reader.read()
        }
        guard let parsed else { return nil }
        self = parsed
    }

    private static func padded(_ number: Int64, to width: Int) -> String {
        let digits = String(number)
        return String(repeating: "0", count: max(0, width - digits.count)) + digits
    }
}

// MARK: - The calendar

// Howard Hinnant's "chrono-Compatible Low-Level Date Algorithms": eras of 400 years, years that begin in March.
extension Timestamp {
    static let daysPerEra: Int64 = 146_097
    /// The number of days from 0000-03-01 to 1970-01-01.
    static let daysToEpoch: Int64 = 719_468

    static func civil(fromDay day: Int64) -> (year: Int64, month: Int64, day: Int64) {
        let shifted = day + daysToEpoch
        let era = shifted.flooredQuotient(by: daysPerEra)
        let dayOfEra = shifted - era * daysPerEra
        let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let marchMonth = (5 * dayOfYear + 2) / 153
        let month = marchMonth < 10 ? marchMonth + 3 : marchMonth - 9
        return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, dayOfYear - (153 * marchMonth + 2) / 5 + 1)
    }

    /// Returns the number of days from 1970-01-01 to a date.
    /// - Parameter year: A year of at most twelve digits, so no product overflows 64 bits.
    static func day(year: Int64, month: Int64, day: Int64) -> Int64 {
        let marchYear = month <= 2 ? year - 1 : year
        let era = marchYear.flooredQuotient(by: 400)
        let yearOfEra = marchYear - era * 400
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        return era * daysPerEra + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - daysToEpoch
    }

    static func days(inMonth month: Int64, of year: Int64) -> Int64 {
        switch month {
        case 2: year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28
        case 4, 6, 9, 11: 30
        default: 31
        }
    }
}

extension Int64 {
    fileprivate func flooredQuotient(by divisor: Int64) -> Int64 {
        let (quotient, remainder) = quotientAndRemainder(dividingBy: divisor)
        return remainder < 0 ? quotient - 1 : quotient
    }
}
