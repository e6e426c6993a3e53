#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif
import Bytes

// A `Date` counts in binary fractions of a second, about 100 ns wide for dates of today, so it holds few decimal fractions
// exactly. A reader that cuts digits off, as JavaScript and Python do, would take 0.122999907 for 122 ms. That is why a date
// is sent as the shortest decimal fraction that is read back as the same date.
extension Timestamp {
    /// The point in time of a date: to the millisecond or the microsecond if ``Foundation/Date/init(_:)`` makes the same date of
    /// that, else to the nanosecond. Nil for NaN, and for a date that 64 bits of seconds cannot hold.
    public init?(_ date: Date) {
        guard let exact = Timestamp(nearest: date) else { return nil }
        let milliseconds = exact.rounded(to: 1_000_000)
        let microseconds = exact.rounded(to: 1_000)
        // With one nanosecond more, a neighbor of the date that microseconds stand for is told apart from it, and a reader
        // that cuts digits off still gets the right microsecond.
        let neighbor = Timestamp(seconds: microseconds.seconds, nanoseconds: microseconds.nanoseconds + 1)
        if Date(milliseconds) == date {
            self = milliseconds
        } else if Date(microseconds) == date {
            self = microseconds
        } else if Date(neighbor) == date {
            self = neighbor
        } else {
            self = exact
        }
    }

    /// The point in time of a date, to the nanosecond.
    fileprivate init?(nearest date: Date) {
        let interval = date.timeIntervalSinceReferenceDate
        let whole = interval.rounded(.down)
        guard let seconds = Int64(exactly: whole) else { return nil }
        let (sum, overflow) = seconds.addingReportingOverflow(Self.referenceDate)
        guard !overflow else { return nil }
        self.init(seconds: sum, nanoseconds: UInt32(((interval - whole) * 1e9).rounded()))
    }

    /// - Parameter unit: in nanoseconds; a divisor of a second.
    fileprivate func rounded(to unit: UInt32) -> Timestamp {
        Timestamp(seconds: seconds, nanoseconds: (nanoseconds + unit / 2) / unit * unit)
    }

    /// From 1970 to 2001, from which `Date` counts.
    static let referenceDate: Int64 = 978_307_200
}

extension Date {
    /// The date of a timestamp, as exact as a `Date` can be: about 100 ns for today.
    ///
    /// For milliseconds and microseconds it is the date that `Date(timeIntervalSince1970:)` makes of them. The timestamp of
    /// that date is the same again: for milliseconds in all years of JavaScript's dates (±271,821), for microseconds from
    /// 1834 to 2242.
    public init(_ timestamp: Timestamp) {
        let fraction = Double(timestamp.nanoseconds) / 1e9
        let (seconds, overflow) = timestamp.seconds.subtractingReportingOverflow(Timestamp.referenceDate)
        let whole = overflow ? Double(timestamp.seconds) - Double(Timestamp.referenceDate) : Double(seconds)
        self.init(timeIntervalSinceReferenceDate: whole + fraction)
        guard timestamp.nanoseconds.isMultiple(of: 1_000) else { return }
        guard whole.magnitude >= Self.nearReferenceDate else {
            // Rounded once, so that it is the date of such a number of seconds.
            let microseconds = seconds * 1_000_000 + Int64(timestamp.nanoseconds / 1_000)
            self.init(timeIntervalSinceReferenceDate: Double(microseconds) / 1e6)
            return
        }
        let since1970 = Date(timeIntervalSince1970: Double(timestamp.seconds) + fraction)
        // Counting from 1970 rounds twice; far from today that may be off by more than half a microsecond.
        if Timestamp(nearest: since1970)?.rounded(to: 1_000) == timestamp { self = since1970 }
    }

    /// Dates within as many seconds of 2001, 4.5 hours, are probably written as a number of seconds since 2001.
    private static let nearReferenceDate = 0x1p14
}

extension Date: DirectWireValue {
    static var wireName: String { Timestamp.wireName }

    static func read(_ cursor: TapeCursor) throws(WireDecodingError) -> Date {
        Date(try Timestamp.read(cursor))
    }

    static func mayBeUnsendable(as codec: Codec) -> Bool { true }
    func checkSendable(as codec: Codec) throws { _ = try timestamp }

    func write(_ codec: Codec, into buffer: inout ByteBuffer, depth: Int) throws {
        codec.writeTimestamp(try timestamp, into: &buffer)
    }

    func wireValue() throws -> Value { .timestamp(try timestamp) }

    private var timestamp: Timestamp {
        get throws {
            if let timestamp = Timestamp(self) { return timestamp }
            // Not the date itself: Foundation traps when it is asked to describe one of NaN, as a log would.
            throw EncodingError.unsendable(timeIntervalSinceReferenceDate, "No timestamp can hold this date.")
        }
    }
}
