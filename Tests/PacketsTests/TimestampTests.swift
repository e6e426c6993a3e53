import Bytes
import Foundation
import Packets
import Testing

@Suite("A timestamp")
struct TimestampTests {
    static let texts: [(Int64, UInt32, String)] = [
        (0, 0, "1970-01-01T00:00:00Z"), (-1, 999_999_999, "1969-12-31T23:59:59.999999999Z"),
        (951_782_400, 0, "2000-02-29T00:00:00Z"), (1_714_979_289, 123_000_000, "2024-05-06T07:08:09.123Z"),
        (1_714_979_289, 123_456_000, "2024-05-06T07:08:09.123456Z"), (253_402_300_799, 0, "9999-12-31T23:59:59Z"),
        (253_402_300_800, 0, "+010000-01-01T00:00:00Z"), (-62_167_219_200, 0, "0000-01-01T00:00:00Z"),
        (-62_167_219_201, 0, "-000001-12-31T23:59:59Z"), (-4_107_542_400, 0, "1839-11-03T00:00:00Z"),
        (.max, 999_999_999, "+292277026596-12-04T15:30:07.999999999Z"), (.min, 0, "-292277022657-01-27T08:29:52Z"),
    ]

    @Test("is written as ISO 8601 and read back", arguments: texts)
    func text(seconds: Int64, nanoseconds: UInt32, text: String) {
        let timestamp = Timestamp(seconds: seconds, nanoseconds: nanoseconds)
        #expect(timestamp.description == text)
        #expect(Timestamp(text) == timestamp)
    }

    @Test(
        "is read in other forms of ISO 8601",
        arguments: [
            ("1970-01-01T01:00:00+01:00", 0, 0), ("1970-01-01 00:00:00z", 0, 0), ("1969-12-31T19:00:00-0500", 0, 0),
            ("1970-01-01T00:00:00,5Z", 0, 500_000_000), ("1970-01-01t00:00:00.1234567899Z", 0, 123_456_789),
        ] as [(String, Int64, UInt32)])
    func otherForms(text: String, seconds: Int64, nanoseconds: UInt32) {
        #expect(Timestamp(text) == Timestamp(seconds: seconds, nanoseconds: nanoseconds))
    }

    @Test(
        "is not read from other texts",
        arguments: [
            "", "1970", "1970-01-01", "1970-01-01T00:00Z", "1970-01-01T00:00:00", "1970-13-01T00:00:00Z",
            "1970-00-01T00:00:00Z",
            "1970-02-29T00:00:00Z", "1900-02-29T00:00:00Z", "1970-01-32T00:00:00Z", "1970-01-01T24:00:00Z",
            "1970-01-01T00:60:00Z", "1970-01-01T00:00:60Z", "1970-01-01T00:00:00.Z", "1970-01-01T00:00:00Zx",
            "+292277026596-12-04T15:30:08Z", "-292277022657-01-27T08:29:51Z", "+999999999999-01-01T00:00:00Z",
            "-999999999999-01-01T00:00:00Z", "+9999999999999-01-01T00:00:00Z", "١٩٧٠-01-01T00:00:00Z",
            "+292277026596-12-04T15:30:07-23:59",
        ])
    func refused(text: String) {
        #expect(Timestamp(text) == nil)
    }

    @Test(
        "uses the smallest of MessagePack's three forms",
        arguments: [
            (0, 0, "d6ff00000000"), (4_294_967_295, 0, "d6ffffffffff"), (4_294_967_296, 0, "d7ff0000000100000000"),
            (1, 1, "d7ff0000000400000001"), (17_179_869_183, 999_999_999, "d7ffee6b27ffffffffff"),
            (17_179_869_184, 0, "c70cff000000000000000400000000"), (-1, 5, "c70cff00000005ffffffffffffffff"),
            (.max, 0, "c70cff000000007fffffffffffffff"), (.min, 0, "c70cff000000008000000000000000"),
        ] as [(Int64, UInt32, String)])
    func forms(seconds: Int64, nanoseconds: UInt32, message: String) throws {
        let timestamp = Timestamp(seconds: seconds, nanoseconds: nanoseconds)
        #expect(written { PacketCodec.messagePack.writeTimestamp(timestamp, into: &$0) } == hex(message))
        #expect(try value(hex(message), as: .messagePack) == .timestamp(timestamp))
        #expect(try sent(timestamp, through: .json) == timestamp)
    }

    @Test(
        "of another length, or with too many nanoseconds, stays an extension",
        arguments: [
            "c703ff000000", "d4ff00", "c700ff", "d7ffffffffff00000000", "c70cff3b9aca000000000000000000",
        ])
    func noTimestamp(message: String) throws {
        guard case .ext(type: -1, _) = try value(hex(message), as: .messagePack) else {
            Issue.record("a timestamp")
            return
        }
    }

    @Test("carries whole seconds over from its nanoseconds, up to the last second")
    func carries() {
        #expect(Timestamp(seconds: 1, nanoseconds: 2_500_000_000) == Timestamp(seconds: 3, nanoseconds: 500_000_000))
        #expect(Timestamp(seconds: .max, nanoseconds: .max).seconds == .max)
        #expect(Timestamp(seconds: -1, nanoseconds: 5) < Timestamp(seconds: 0))
    }

    @Test("converts to a date and back, for any value")
    func dates() throws {
        for seconds in [0, 978_307_200, -978_307_201, Int64.max, .min] { _ = Date(Timestamp(seconds: seconds)) }
        let date = Date(timeIntervalSinceReferenceDate: -0.25)
        #expect(Timestamp(date) == Timestamp(seconds: 978_307_199, nanoseconds: 750_000_000))
        #expect(try Date(#require(Timestamp(date))) == date)
        for interval in [Double.nan, .infinity, -.infinity, 1e19, -1e19] {
            #expect(Timestamp(Date(timeIntervalSinceReferenceDate: interval)) == nil)
        }
        #expect(throws: EncodingError.self) { try sent(Date(timeIntervalSinceReferenceDate: .nan), through: .json) }
    }
}
