import Testing
import Webshocket

@Suite("A retry policy's pauses")
struct RetryPolicyTests {
    static let policy = RetryPolicy.exponential(base: .seconds(1), cap: .seconds(8))
    static let farthest = Duration(attoseconds: .max)

    @Test(
        "are as long as the server advises, if that is longer",
        arguments: [
            (1, .zero, 1, .seconds(1)), (3, .zero, 1, .seconds(4)), (3, .zero, 0.5, .seconds(2)),
            (100, .zero, 1, .seconds(8)), (.max, .zero, 1, .seconds(8)), (0, .zero, 1, .seconds(1)),
            (1, .seconds(3), 1, .seconds(3)), (4, .seconds(3), 1, .seconds(8)), (4, .seconds(3), 0, .seconds(3)),
            (1, .seconds(604_801), 1, .seconds(604_800)), (1, farthest, 1, .seconds(604_800)),
            (1, .zero - farthest, 1, .seconds(1)),
        ] as [(Int, Duration, Double, Duration)])
    func pauses(failures: Int, advice: Duration, chance: Double, pause: Duration) {
        #expect(Self.policy.pause(after: failures, atLeast: advice, chance: chance) == pause)
    }

    @Test(
        "grow between temporarily refused requests, and have a minimum",
        arguments: [
            (1, .zero, 0, .milliseconds(100)), (1, .zero, 1, .seconds(1)), (4, .zero, 1, .seconds(8)),
            (1, .seconds(2), 0, .seconds(2)), (4, .seconds(2), 1, .seconds(8)), (1, nil, 0, .seconds(1)),
            (3, nil, 1, .seconds(4)), (1, .seconds(2_592_000), 1, .seconds(604_800)),
        ] as [(Int, Duration?, Double, Duration)])
    func requests(refusals: Int, advice: Duration?, chance: Double, pause: Duration) {
        #expect(Self.policy.pauseOfRequest(after: refusals, atLeast: advice, chance: chance) == pause)
    }
}
