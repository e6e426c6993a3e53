import Packets

extension HTTPDate {
    /// Parses a date in any of the three formats of RFC 9110, 5.6.7.
    /// - Parameters:
    ///   - text: A date such as `Sun, 06 Nov 1994 08:49:37 GMT`. The weekday is not checked.
    ///   - now: Seconds since 1970. They determine the century of a year with two digits.
    /// - Returns: Seconds since 1970 in UTC, or nil for any other text.
    package static func seconds(in text: String, at now: Int64) -> Int64? {
        guard text.utf8.count <= 40, text.utf8.allSatisfy({ (0x20...0x7E).contains($0) }) else { return nil }
        let parts = text.split(separator: " ")
        switch (parts.count, parts.last) {
        // Sun, 06 Nov 1994 08:49:37 GMT
        case (6, "GMT"): return seconds(year: parts[3], month: parts[2], day: parts[1], time: parts[4])
        // Sunday, 06-Nov-94 08:49:37 GMT
        case (4, "GMT"):
            let date = parts[1].split(separator: "-", omittingEmptySubsequences: false)
            guard date.count == 3, let year = fullYear(date[2], at: now) else { return nil }
            return seconds(year: year, month: date[1], day: date[0], time: parts[2])
        // Sun Nov  6 08:49:37 1994
        case (5, let year?):
            let day = parts[2].utf8.count == 1 ? "0" + parts[2] : parts[2]
            return seconds(year: year, month: parts[1], day: day, time: parts[3])
        default: return nil
        }
    }

    private static func seconds(year: Substring, month: Substring, day: Substring, time: Substring) -> Int64? {
        guard year.utf8.count == 4, day.utf8.count == 2, time.utf8.count == 8,
            let month = months.firstIndex(of: String(month))
        else { return nil }
        let number = String(100 + month + 1).dropFirst()
        // A leap second is treated as the second after it.
        let isLeap = time.hasSuffix(":60")
        let second = isLeap ? time.dropLast(2) + "59" : time
        guard let seconds = Timestamp("\(year)-\(number)-\(day)T\(second)Z")?.seconds else { return nil }
        return isLeap ? seconds + 1 : seconds
    }

    /// Completes a year with two digits (RFC 9110, 5.6.7).
    ///
    /// A year more than 50 years in the future is replaced with the most recent past year that has the same two digits.
    private static func fullYear(_ digits: Substring, at now: Int64) -> Substring? {
        guard digits.utf8.count == 2, let short = Int(digits), short >= 0 else { return nil }
        let thisYear = Int(Timestamp(seconds: now).description.prefix(4)) ?? 1970
        let year = thisYear - thisYear % 100 + short
        return Substring(String(year > thisYear + 50 ? year - 100 : year))
    }
}
