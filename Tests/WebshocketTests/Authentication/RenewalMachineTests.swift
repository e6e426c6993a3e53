import Testing
import Webshocket

@Suite("The renewal of an admission")
struct RenewalMachineTests {
    typealias Action = RenewalMachine.Action

    private static let start = ContinuousClock.now
    private static let pauses = RetryPolicy.exponential(base: .seconds(1), cap: .seconds(8))

    private static func at(_ seconds: Double) -> ContinuousClock.Instant { start + .seconds(seconds) }

    private static func machine(
        expiresIn time: Duration, chance: Double = 0
    ) -> (machine: RenewalMachine, action: Action) {
        var machine = RenewalMachine(pauses: pauses)
        let action = machine.reportedExpiry(in: time, at: start, chance: chance)
        return (machine, action)
    }

    @Test(
        "begins one to two margins before the expiry: a minute, or a quarter of a shorter lifetime",
        arguments: [
            (3_600, 0, 3_540), (3_600, 0.5, 3_510), (86_400, 0, 86_340), (240, 0, 180), (240, 0.5, 150), (100, 0, 75),
            (4, 0, 3), (4, 0.5, 2.5), (0, 0, 0),
        ] as [(Double, Double, Double)])
    func margin(lifetime: Double, chance: Double, begin: Double) {
        #expect(Self.machine(expiresIn: .seconds(lifetime), chance: chance).action == .wait(until: Self.at(begin)))
    }

    @Test("does nothing for an admission that does not expire, and accepts a very long lifetime")
    func endless() {
        var machine = RenewalMachine(pauses: Self.pauses)
        #expect(machine.reportedExpiry(in: nil, at: Self.start, chance: 0) == .rest)
        #expect(machine.timeCame() == .rest)
        #expect(machine.renewalFailed(at: Self.start, chance: 0) == .rest)
        guard case .wait = machine.reportedExpiry(in: .seconds(Int64.max), at: Self.start, chance: 0) else {
            Issue.record("the machine does not wait for a time")
            return
        }
        #expect(machine.reportedExpiry(in: nil, at: Self.start, chance: 0) == .rest)
        #expect(machine.timeCame() == .rest)
    }

    @Test("starts again from each new expiry")
    func repeats() {
        var (machine, _) = Self.machine(expiresIn: .seconds(100))
        #expect(machine.timeCame() == .renew && machine.isRenewing)
        #expect(machine.timeCame() == .rest)
        let next = machine.renewalSucceeded(expiresIn: .seconds(200), at: Self.at(76), chance: 0)
        #expect(next == .renewed(next: Self.at(226)) && !machine.isRenewing)
        #expect(machine.timeCame() == .renew)
        #expect(machine.renewalSucceeded(expiresIn: nil, at: Self.at(227), chance: 0) == .renewed(next: nil))
        #expect(machine.timeCame() == .rest)
    }

    @Test("is retried after pauses that double, while time is left")
    func failures() {
        var (machine, _) = Self.machine(expiresIn: .seconds(100))
        var pauses: [Duration] = []
        var now = Self.at(75)
        while machine.timeCame() == .renew, case .failed(let next?) = machine.renewalFailed(at: now, chance: 1) {
            pauses.append(next - now)
            now = next
        }
        // The last pauses are half of the time that is left.
        let last = [1_000, 500, 250, 125, 100].map { Duration.milliseconds($0) }
        #expect(pauses == [.seconds(1), .seconds(2), .seconds(4), .seconds(8), .seconds(8)] + last)
        #expect(now < Self.at(100) && !machine.isRenewing)
        #expect(machine.timeCame() == .rest)
        // A token of the application resets the pauses.
        #expect(machine.reportedExpiry(in: .seconds(100), at: now, chance: 0) == .wait(until: now + .seconds(75)))
        #expect(machine.timeCame() == .renew)
        #expect(machine.renewalFailed(at: now, chance: 1) == .failed(next: now + .seconds(1)))
    }

    @Test("waits as long as the server requests, and at least 100 ms")
    func advice() {
        var (machine, _) = Self.machine(expiresIn: .seconds(100))
        _ = machine.timeCame()
        #expect(machine.renewalFailed(advice: .seconds(9), at: Self.at(75), chance: 0) == .failed(next: Self.at(84)))
        _ = machine.timeCame()
        #expect(machine.renewalFailed(at: Self.at(84), chance: 0) == .failed(next: Self.at(84) + .milliseconds(100)))
        _ = machine.timeCame()
        #expect(machine.renewalFailed(advice: .seconds(16), at: Self.at(84.5), chance: 0) == .failed(next: nil))
    }

    @Test("fails if the token does not extend the admission")
    func notExtended() {
        var (machine, _) = Self.machine(expiresIn: .seconds(100))
        _ = machine.timeCame()
        let same = machine.renewalSucceeded(expiresIn: .seconds(25), at: Self.at(75), chance: 1)
        #expect(same == .failed(next: Self.at(76)))
        _ = machine.timeCame()
        #expect(
            machine.renewalSucceeded(expiresIn: .seconds(100), at: Self.at(76), chance: 0)
                == .renewed(next: Self.at(151)))
    }

    @Test("stops at the end of the connection, and ignores a new expiry while it is in progress")
    func ends() {
        var (machine, _) = Self.machine(expiresIn: .seconds(100))
        _ = machine.timeCame()
        #expect(machine.reportedExpiry(in: .seconds(5), at: Self.at(75), chance: 0) == .rest && machine.isRenewing)
        machine.connectionEnded()
        #expect(!machine.isRenewing && machine.timeCame() == .rest)
    }
}
