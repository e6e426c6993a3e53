import Foundation
import Packets
import Testing

@Suite("A duration on the wire")
struct WireSecondsTests {
    /// The number nearest to a decimal fraction.
    private func number(_ whole: Int, _ fraction: Int, digits: Int) throws -> Double {
        try #require(Double("\(whole)." + String(format: "%0\(digits)d", fraction)))
    }

    @Test("is the number nearest to its milliseconds or nanoseconds")
    func nearest() throws {
        for count in 0..<2_000 {
            let (seconds, milliseconds) = (count * 7_919).quotientAndRemainder(dividingBy: 1_000)
            let expected = try number(seconds, milliseconds, digits: 3)
            #expect(Duration.milliseconds(count * 7_919).wireSeconds == expected)
            #expect(Duration.milliseconds(-count * 7_919).wireSeconds == -expected)
            let (whole, nanoseconds) = (count * 1_000_000_007).quotientAndRemainder(dividingBy: 1_000_000_000)
            #expect(
                try Duration.nanoseconds(count * 1_000_000_007).wireSeconds == number(whole, nanoseconds, digits: 9))
        }
    }

    @Test("is exact for years, and has no limit", arguments: [4_000_000, 1e9, 1e17, 1e19])
    func long(_ seconds: Double) {
        #expect(Duration.seconds(seconds).wireSeconds == seconds)
        #expect(Duration.seconds(-seconds).wireSeconds == -seconds)
    }

    @Test("includes parts of a nanosecond")
    func short() {
        #expect(Duration(secondsComponent: 0, attosecondsComponent: 1).wireSeconds == 1e-18)
    }
}
