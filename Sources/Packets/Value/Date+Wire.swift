#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif
import Bytes

extension Timestamp {
    /// The point in time of a date, to the nanosecond; nil for one that 64 bits of seconds cannot name, or NaN.
    public init?(_ date: Date) {
        let interval = date.timeIntervalSinceReferenceDate
        let whole = interval.rounded(.down)
        guard let seconds = Int64(exactly: whole) else { return nil }
        let (sum, overflow) = seconds.addingReportingOverflow(Self.referenceDate)
        guard !overflow else { return nil }
        self.init(seconds: sum, nanoseconds: UInt32(((interval - whole) * 1e9).rounded()))
    }

    /// From 1970 to 2001, where `Date` counts from.
    static let referenceDate: Int64 = 978_307_200
}

extension Date {
    /// The date of a timestamp, as exact as a `Date` can be: about 100 ns for today.
    public init(_ timestamp: Timestamp) {
        let (seconds, overflow) = timestamp.seconds.subtractingReportingOverflow(Timestamp.referenceDate)
        let whole = overflow ? Double(timestamp.seconds) - Double(Timestamp.referenceDate) : Double(seconds)
        self.init(timeIntervalSinceReferenceDate: whole + Double(timestamp.nanoseconds) / 1e9)
    }
}

extension Date: DirectWireValue {
    static var wireName: String { Timestamp.wireName }

    static func read(_ cursor: TapeCursor) throws(WireDecodingError) -> Date {
        Date(try Timestamp.read(cursor))
    }

    func write(_ codec: Codec, into buffer: inout ByteBuffer, depth: Int) throws {
        try wireValue().write(codec, into: &buffer, depth: depth)
    }

    func wireValue() throws -> Value {
        guard let timestamp = Timestamp(self) else {
            // Not the date itself: Foundation traps when it is asked to describe one of NaN, as a log would.
            throw EncodingError.unsendable(timeIntervalSinceReferenceDate, "No timestamp can hold this date.")
        }
        return .timestamp(timestamp)
    }
}
