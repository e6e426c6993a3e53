import Foundation
import Packets
import Testing

/// Random instants, which are the same in each run.
private struct Instants {
    var noise = Noise(state: 0x7e57_da7e)

    mutating func numbers(_ count: Int, in range: ClosedRange<Int64>) -> [Int64] {
        (0..<count).map { _ in Int64.random(in: range, using: &noise) }
    }

    static let today: ClosedRange<Int64> = 0...4_102_444_800_000
    /// The range of JavaScript dates, in milliseconds.
    static let javaScript: ClosedRange<Int64> = -8_640_000_000_000_000...8_640_000_000_000_000
}

/// Returns the timestamp that is sent back after a peer's timestamp was decoded as a date.
private func returned(_ timestamp: Timestamp, _ codec: PacketCodec) throws -> Timestamp {
    let bytes = written { codec.writeTimestamp(timestamp, into: &$0) }
    let date = try parse(bytes, as: codec) { try WireDecoding<Date>.resolve().read($0) }
    let answer = try written { try WireEncoding<Date>.resolve().write(date, codec, &$0) }
    return try parse(answer, as: codec) { try WireDecoding<Timestamp>.resolve().read($0) }
}

/// Returns the timestamps that are not sent back unchanged.
private func changed(_ timestamps: [Timestamp], _ codec: PacketCodec) throws -> [Timestamp] {
    try timestamps.filter { try returned($0, codec) != $0 }
}

private func timestamp(milliseconds: Int64) -> Timestamp {
    let parts = milliseconds.quotientAndRemainder(dividingBy: 1_000)
    return Timestamp(
        seconds: parts.remainder < 0 ? parts.quotient - 1 : parts.quotient,
        nanoseconds: UInt32((parts.remainder + 1_000) % 1_000) * 1_000_000)
}

private func timestamp(microseconds: Int64) -> Timestamp {
    let (seconds, rest) = microseconds.quotientAndRemainder(dividingBy: 1_000_000)
    return Timestamp(
        seconds: rest < 0 ? seconds - 1 : seconds, nanoseconds: UInt32((rest + 1_000_000) % 1_000_000) * 1_000)
}

@Suite("A date")
struct DateTests {
    @Test(
        "from JavaScript is sent back unchanged, for every millisecond of a second",
        arguments: PacketCodec.allCases)
    func everyMillisecond(codec: PacketCodec) throws {
        for second: Int64 in [-62_135_596_800, -1, 978_307_200, 1_714_979_289] {
            let sent = (0..<1_000).map { timestamp(milliseconds: second * 1_000 + $0) }
            #expect(try changed(sent, codec) == [])
        }
    }

    @Test(
        "from JavaScript is sent back unchanged, in all years that JavaScript supports", arguments: PacketCodec.allCases
    )
    func milliseconds(codec: PacketCodec) throws {
        var instants = Instants()
        let numbers =
            instants.numbers(3_000, in: Instants.javaScript) + instants.numbers(3_000, in: Instants.today) + [
                Instants.javaScript.lowerBound, Instants.javaScript.upperBound, -1, 0, 1, 951_782_400_001,
            ]
        #expect(try changed(numbers.map { timestamp(milliseconds: $0) }, codec) == [])
    }

    @Test("from Python is sent back unchanged from 1834 to 2242", arguments: PacketCodec.allCases)
    func microseconds(codec: PacketCodec) throws {
        var instants = Instants()
        let numbers =
            instants.numbers(3_000, in: -4_290_000_000_000_000...8_583_000_000_000_000)
            + instants.numbers(1_000, in: -4_290_000_000_000...8_583_000_000_000).flatMap {
                [$0 * 1_000 - 1, $0 * 1_000 + 1]
            }
        #expect(try changed(numbers.map { timestamp(microseconds: $0) }, codec) == [])
    }

    @Test("created from milliseconds since 1970 is sent with these milliseconds")
    func since1970() throws {
        var instants = Instants()
        let numbers =
            instants.numbers(3_000, in: -3_000_000_000_000...8_000_000_000_000)
            + instants.numbers(500, in: 962_000_000_000...978_290_000_000)
            + instants.numbers(500, in: 978_324_000_000...994_000_000_000)
        let different = numbers.filter {
            Timestamp(Date(timeIntervalSince1970: Double($0) / 1_000)) != timestamp(milliseconds: $0)
        }
        #expect(different == [])
    }

    @Test("is decoded as the same date, for any fraction", arguments: PacketCodec.allCases)
    func sameDate(codec: PacketCodec) throws {
        var noise = Noise(state: 7)
        let fractions = (0..<3_000).map { _ in Double.random(in: -4e9...4e9, using: &noise) }
        var instants = Instants()
        let milliseconds = instants.numbers(3_000, in: -4_000_000_000_000...4_000_000_000_000).map {
            Double($0) / 1_000
        }
        // Half a year before and after 2001, a `Date` distinguishes about a nanosecond or less.
        let intervals = (fractions + milliseconds).filter { $0.magnitude > 0x1p24 }
        let dates =
            (intervals + [0, 0.1, 1.1, -0.001, 12_345.678, -9_876.543_21]).map(
                Date.init(timeIntervalSinceReferenceDate:))
            + [.now, .distantPast, .distantFuture]
        #expect(try dates.filter { try sent($0, through: codec) != $0 } == [])
    }

    @Test(
        "is sent as the text from which it was read",
        arguments: [
            "2024-05-06T07:08:09.001Z", "2024-05-06T07:08:09.123Z", "2024-05-06T07:08:09.999Z",
            "2000-02-29T23:59:59.999Z",
            "1969-12-31T23:59:59.999Z", "1900-02-28T00:00:00.007Z", "0001-01-01T00:00:00.001Z",
            "-000001-12-31T23:59:59.999Z",
            "+275760-09-12T23:59:59.999Z", "-271821-04-20T00:00:00.001Z", "2024-05-06T07:08:09.123456Z",
            "1999-12-31T23:59:59.000001Z", "2024-05-06T07:08:09Z",
        ])
    func text(text: String) throws {
        let date = try WireValue.string(text).decode(as: Date.self)
        #expect(try WireValue(encoding: date).json() == "\"\(text)\"")
        #expect(try WireValue(encoding: ["at": [date]]).json() == "{\"at\":[\"\(text)\"]}")
    }

    @Test("can have any number of fraction digits, and uses the first nine")
    func digits() throws {
        let digits = "123456789123"
        for count in 1...12 {
            let fraction = String(digits.prefix(count))
            let timestamp = try #require(Timestamp("2024-05-06T07:08:09.\(fraction)Z"))
            let nine = fraction.prefix(9).padding(toLength: 9, withPad: "0", startingAt: 0)
            #expect(timestamp == Timestamp(seconds: 1_714_979_289, nanoseconds: UInt32(nine) ?? 0))
        }
    }

    @Test("is read with an offset that has seconds, as Python writes for local mean times")
    func secondsOfOffsets() {
        #expect(Timestamp("1850-01-01T00:53:28+00:53:28") == Timestamp("1850-01-01T00:00:00Z"))
        #expect(Timestamp("1850-01-01T00:00:00-00:00:01") == Timestamp("1850-01-01T00:00:01Z"))
        for text in ["1850-01-01T00:53:28+00:53:60", "1850-01-01T00:53:28+00:53:", "1850-01-01T00:53:28+00:53:1"] {
            #expect(Timestamp(text) == nil)
        }
    }
}
