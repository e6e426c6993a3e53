import Packets
import Testing

@Suite("A duration on the wire")
struct WireSecondsTests {
    @Test("is the number of seconds that is nearest")
    func nearest() {
        let step = 1_000_000_007
        for count in 0..<2_000 {
            for sign in [1, -1] {
                let durations: [Duration] = [
                    .milliseconds(sign * count * 7_919), .nanoseconds(sign * count * step),
                    Duration(secondsComponent: Int64(sign * count), attosecondsComponent: Int64(sign * count * step)),
                ]
                for duration in durations {
                    #expect(duration.wireSeconds == Double(duration.attoseconds) / 1e18)
                }
            }
        }
    }

    @Test("has no limit", arguments: [4_000_000, 1e17])
    func long(_ seconds: Double) {
        #expect(Duration.seconds(seconds).wireSeconds == seconds)
        #expect(Duration.seconds(-seconds).wireSeconds == -seconds)
    }

    @Test("has the decimal digits of the number of milliseconds", arguments: [0.001, 1.1, 2.3, 4.35, 30, 86_399.999])
    func milliseconds(_ seconds: Double) {
        #expect(Duration.milliseconds(Int((seconds * 1_000).rounded())).wireSeconds == seconds)
    }
}
