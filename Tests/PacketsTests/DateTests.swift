import Foundation
import Packets
import Testing

/// Random instants, the same in each run.
private struct Instants {
    var noise = Noise(state: 0x7e57_da7e)

    mutating func numbers(_ count: Int, in range: ClosedRange<Int64>) -> [Int64] {
        (0..<count).map { _ in Int64.random(in: range, using: &noise) }
    }

    static let today: ClosedRange<Int64> = 0...4_102_444_800_000
    /// The dates that JavaScript has, in milliseconds.
    static let javaScript: ClosedRange<Int64> = -8_640_000_000_000_000...8_640_000_000_000_000
}

/// A date that a peer sent, as it is sent back.
private func returned(_ timestamp: Timestamp, _ codec: Codec) throws -> Timestamp {
    let bytes = written { codec.writeTimestamp(timestamp, into: &$0) }
    let date = try parse(bytes, as: codec) { try WireDecoding<Date>.resolve().read($0) }
    let answer = try written { try WireEncoding<Date>.resolve().write(date, codec, &$0) }
    return try parse(answer, as: codec) { try WireDecoding<Timestamp>.resolve().read($0) }
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
        "from JavaScript comes back at the same millisecond, for every millisecond of a second",
        arguments: Codec.allCases)
    func everyMillisecond(codec: Codec) throws {
        for second: Int64 in [-62_135_596_800, -1, 978_307_200, 1_714_979_289] {
            for millisecond: Int64 in 0..<1_000 {
                let sent = timestamp(milliseconds: second * 1_000 + millisecond)
                #expect(try returned(sent, codec) == sent)
            }
        }
    }

    @Test("from JavaScript comes back at the same millisecond, in all years that it has", arguments: Codec.allCases)
    func milliseconds(codec: Codec) throws {
        var instants = Instants()
        let numbers =
            instants.numbers(3_000, in: Instants.javaScript) + instants.numbers(3_000, in: Instants.today) + [
                Instants.javaScript.lowerBound, Instants.javaScript.upperBound, -1, 0, 1, 951_782_400_001,
            ]
        for milliseconds in numbers {
            let sent = timestamp(milliseconds: milliseconds)
            #expect(try returned(sent, codec) == sent)
        }
    }

    @Test("from Python comes back at the same microsecond from 1834 to 2242", arguments: Codec.allCases)
    func microseconds(codec: Codec) throws {
        var instants = Instants()
        let numbers =
            instants.numbers(3_000, in: -4_290_000_000_000_000...8_583_000_000_000_000)
            + instants.numbers(1_000, in: -4_290_000_000_000...8_583_000_000_000).flatMap {
                [$0 * 1_000 - 1, $0 * 1_000 + 1]
            }
        for microseconds in numbers {
            let sent = timestamp(microseconds: microseconds)
            #expect(try returned(sent, codec) == sent)
        }
    }

    @Test("made of milliseconds since 1970 is sent with these milliseconds")
    func since1970() throws {
        var instants = Instants()
        for milliseconds in instants.numbers(3_000, in: -3_000_000_000_000...8_000_000_000_000) {
            let date = Date(timeIntervalSince1970: Double(milliseconds) / 1_000)
            // Around 2001, a count from 1970 is not exact enough for a `Date`.
            guard date.timeIntervalSinceReferenceDate.magnitude > 0x1p24 else { continue }
            #expect(Timestamp(date) == timestamp(milliseconds: milliseconds))
        }
    }

    @Test("comes back as the same date, whatever its fraction", arguments: Codec.allCases)
    func sameDate(codec: Codec) throws {
        var noise = Noise(state: 7)
        for _ in 0..<3_000 {
            let interval = Double.random(in: -4e9...4e9, using: &noise)
            // Closer to 2001, a `Date` distinguishes less than a nanosecond.
            guard interval.magnitude > 0x1p23 else { continue }
            let date = Date(timeIntervalSinceReferenceDate: interval)
            #expect(try sent(date, through: codec) == date)
        }
        var instants = Instants()
        for milliseconds in instants.numbers(3_000, in: -4_000_000_000_000...4_000_000_000_000) {
            for interval in [Double(milliseconds) / 1_000, Double(milliseconds) / 1e6] {
                let date = Date(timeIntervalSinceReferenceDate: interval)
                #expect(try sent(date, through: codec) == date)
            }
        }
        for date in [Date.now, .distantPast, .distantFuture, Date(timeIntervalSinceReferenceDate: 0)] {
            #expect(try sent(date, through: codec) == date)
        }
    }

    @Test(
        "is sent as the text that it was read from",
        arguments: [
            "2024-05-06T07:08:09.001Z", "2024-05-06T07:08:09.123Z", "2024-05-06T07:08:09.999Z",
            "2000-02-29T23:59:59.999Z",
            "1969-12-31T23:59:59.999Z", "1900-02-28T00:00:00.007Z", "0001-01-01T00:00:00.001Z",
            "-000001-12-31T23:59:59.999Z",
            "+275760-09-12T23:59:59.999Z", "-271821-04-20T00:00:00.001Z", "2024-05-06T07:08:09.123456Z",
            "1999-12-31T23:59:59.000001Z", "2024-05-06T07:08:09Z",
        ])
    func text(text: String) throws {
        let date = try Value.string(text).decode(as: Date.self)
        #expect(try Value(encoding: date).json() == "\"\(text)\"")
        #expect(try Value(encoding: ["at": [date]]).json() == "{\"at\":[\"\(text)\"]}")
    }

    @Test("has any number of decimal digits, of which nine count")
    func digits() throws {
        let digits = "123456789123"
        for count in 1...12 {
            let fraction = String(digits.prefix(count))
            let timestamp = try #require(Timestamp("2024-05-06T07:08:09.\(fraction)Z"))
            let nine = fraction.prefix(9).padding(toLength: 9, withPad: "0", startingAt: 0)
            #expect(timestamp == Timestamp(seconds: 1_714_979_289, nanoseconds: UInt32(nine) ?? 0))
        }
    }

    @Test("is read with an offset that has seconds, as Python writes those of local mean times")
    func secondsOfOffsets() {
        #expect(Timestamp("1850-01-01T00:53:28+00:53:28") == Timestamp("1850-01-01T00:00:00Z"))
        #expect(Timestamp("1850-01-01T00:00:00-00:00:01") == Timestamp("1850-01-01T00:00:01Z"))
        for text in ["1850-01-01T00:53:28+00:53:60", "1850-01-01T00:53:28+00:53:", "1850-01-01T00:53:28+00:53:1"] {
            #expect(Timestamp(text) == nil)
        }
    }
}
