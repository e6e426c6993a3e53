import Packets

/// A formatter for the `Date` header of responses, such as `Sun, 06 Nov 1994 08:49:37 GMT` (RFC 9110, 6.6.1).
///
/// It keeps the last text, and formats a new one only when the second changes.
package struct HTTPDate {
    private static let weekdays = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"]
    package static let months = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ]

    private var second: Int64 = .min
    private var line = ""

    package init() {}

    /// Formats a time.
    /// - Parameter seconds: Seconds since 1970 in UTC, from 1970 to the end of 9999.
    package mutating func text(at seconds: Int64) -> String {
        guard seconds != second else { return line }
        second = seconds
        line = Self.text(of: Timestamp(seconds: seconds))
        return line
    }

    private static func text(of time: Timestamp) -> String {
        // 1994-11-06T08:49:37Z
        let parts = time.description.dropLast().split(separator: "T")
        let date = parts[0].split(separator: "-")
        let weekday = weekdays[Int(max(time.seconds, 0) / 86_400 % 7)]
        let month = months[(Int(date[1]) ?? 1) - 1]
        return "\(weekday), \(date[2]) \(month) \(date[0]) \(parts[1]) GMT"
    }
}
