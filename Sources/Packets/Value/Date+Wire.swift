#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif
import Bytes

// A `Date` stores binary fractions of a second, with a precision of about 100 ns for current dates. It can represent
// few decimal fractions exactly. A reader that truncates digits, as JavaScript and Python do, would read 0.122999907 as
// 122 ms. Therefore a date is sent as the shortest decimal fraction that reads back as the same date.
extension Timestamp {
    /// Creates the timestamp of a date, with as few digits as identify the date.
    ///
    /// The timestamp has whole milliseconds or microseconds if `Date(_:)` converts it back to the
    /// same date, and nanoseconds otherwise. Nil for NaN, and for a date whose seconds do not fit in 64 bits.
    public init?(_ date: Date) {
        guard let exact = Timestamp(nearest: date) else { return nil }
        let milliseconds = exact.rounded(to: 1_000_000)
        let microseconds = exact.rounded(to: 1_000)
        // The extra nanosecond distinguishes an adjacent date from the date of the whole microseconds. A reader that
        // truncates digits still gets the right microsecond.
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

    /// Creates the timestamp of a date, rounded to the nearest nanosecond.
    fileprivate init?(nearest date: Date) {
        let interval = date.timeIntervalSinceReferenceDate
        let whole = interval.rounded(.down)
        guard let seconds = Int64(exactly: whole) else { return nil }
        let (sum, overflow) = seconds.addingReportingOverflow(Self.referenceDate)
        guard !overflow else { return nil }
        self.init(seconds: sum, nanoseconds: UInt32(((interval - whole) * 1e9).rounded()))
    }

    /// Returns the timestamp rounded to a unit.
    /// - Parameter unit: The unit in nanoseconds; a divisor of 1,000,000,000.
    fileprivate func rounded(to unit: UInt32) -> Timestamp {
        Timestamp(seconds: seconds, nanoseconds: (nanoseconds + unit / 2) / unit * unit)
    }

    /// The number of seconds from 1970 to 2001, the reference date of `Date`.
    static let referenceDate: Int64 = 978_307_200
}

extension Date {
    /// Creates the date of a timestamp, with the precision of a `Date`: about 100 ns for current dates.
    ///
    /// Whole milliseconds and microseconds give the same date as `Date(timeIntervalSince1970:)`. That date converts
    /// back to the same timestamp: for milliseconds in all years of JavaScript's dates (±271,821), for microseconds
    /// from 1834 to 2242.
    public init(_ timestamp: Timestamp) {
        let fraction = Double(timestamp.nanoseconds) / 1e9
        let (seconds, overflow) = timestamp.seconds.subtractingReportingOverflow(Timestamp.referenceDate)
        let whole = overflow ? Double(timestamp.seconds) - Double(Timestamp.referenceDate) : Double(seconds)
        self.init(timeIntervalSinceReferenceDate: whole + fraction)
        guard timestamp.nanoseconds.isMultiple(of: 1_000) else { return }
        guard whole.magnitude >= Self.nearReferenceDate else {
            // Rounds only once, so the result equals a date that was created from this number of seconds.
            let microseconds = seconds * 1_000_000 + Int64(timestamp.nanoseconds / 1_000)
            self.init(timeIntervalSinceReferenceDate: Double(microseconds) / 1e6)
            return
        }
        let since1970 = Date(timeIntervalSince1970: Double(timestamp.seconds) + fraction)
        // Counting from 1970 rounds twice. For distant dates the error can exceed half a microsecond.
        if Timestamp(nearest: since1970)?.rounded(to: 1_000) == timestamp { self = since1970 }
    }

    /// A distance from 2001 in seconds (4.5 hours). A date within it was probably created from a number of seconds
    /// since 2001.
    private static let nearReferenceDate = 0x1p14
}

extension WireValue {
    /// The date of a timestamp; nil for other values.
    public var asDate: Date? { asTimestamp.map { Date($0) } }
}

extension Date: DirectWireValue {
    static var wireName: String { Timestamp.wireName }

    static func read(_ cursor: TapeCursor) throws(WireDecodingError) -> Date {
        Date(try Timestamp.read(cursor))
    }

    static func mayBeUnsendable(as codec: PacketCodec) -> Bool { true }
    func checkSendable(as codec: PacketCodec) throws { _ = try timestamp }

    func write(_ codec: PacketCodec, into buffer: inout ByteBuffer, depth: Int) throws {
        codec.writeTimestamp(try timestamp, into: &buffer)
    }

    func wireValue() throws -> WireValue { .timestamp(try timestamp) }

    private var timestamp: Timestamp {
        get throws {
            if let timestamp = Timestamp(self) { return timestamp }
            // The interval, not the date: Foundation traps if a log describes a date that is NaN.
            throw EncodingError.unsendable(timeIntervalSinceReferenceDate, "The date is NaN or out of range.")
        }
    }
}
