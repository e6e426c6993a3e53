import Testing
import Webshocket

@Suite("The expiry of an admission")
struct AuthenticationExpiryTests {
    private static let expired = AuthenticationMachine.Action.close(
        .authenticationExpired, reason: "Authentication expired")

    @Test("occurs instead of an admission whose lifetime is not positive", arguments: [Duration.zero, .seconds(-1)])
    func firstToken(lifetime: Duration) {
        var machine = AuthenticationMachine()
        _ = machine.messageArrived(isToken: true)
        let action = machine.validated(.admitted(expiresAfter: lifetime), at: .seconds(3))
        #expect(action == Self.expired && machine.phase == .over)
    }

    @Test("occurs at the first check if the lifetime is not positive", arguments: [Duration.zero, .seconds(-1)])
    func handshake(lifetime: Duration) {
        var machine = AuthenticationMachine(admittedAt: .seconds(3), expiresAfter: lifetime)
        let action = machine.timeCame(at: .seconds(3))
        #expect(action == Self.expired)
    }

    @Test("occurs exactly at its time, not before")
    func edge() {
        var machine = AuthenticationMachine(admittedAt: .seconds(5), expiresAfter: .seconds(10))
        let early = machine.timeCame(at: .seconds(15) - .nanoseconds(1))
        #expect(early == .nothing)
        let action = machine.timeCame(at: .seconds(15))
        #expect(action == Self.expired)
    }

    @Test("prevents the check of a token that arrives later")
    func lateToken() {
        var machine = AuthenticationMachine(admittedAt: .zero, expiresAfter: .seconds(10))
        let late = machine.renewalArrived(at: .seconds(10))
        #expect(late == .nothing)
        let action = machine.timeCame(at: .seconds(10))
        #expect(action == Self.expired)
    }

    @Test("is not delayed by a check that ends later")
    func lateJudgement() {
        var machine = AuthenticationMachine(admittedAt: .zero, expiresAfter: .seconds(10))
        let inTime = machine.renewalArrived(at: .seconds(9))
        #expect(inTime == .validate)
        let applies = machine.renewed(expiresAfter: .seconds(100), at: .seconds(10))
        #expect(!applies)
        #expect(machine.expiresAt == .seconds(10))
        let action = machine.timeCame(at: .seconds(10))
        #expect(action == Self.expired)
    }

    @Test("occurs at a renewal without a positive lifetime", arguments: [Duration.zero, .seconds(-1)])
    func renewal(lifetime: Duration) {
        var machine = AuthenticationMachine(admittedAt: .zero, expiresAfter: nil)
        let arrival = machine.renewalArrived(at: .seconds(9))
        #expect(arrival == .validate)
        let applies = machine.renewed(expiresAfter: lifetime, at: .seconds(9))
        #expect(!applies)
        let action = machine.timeCame(at: .seconds(9))
        #expect(action == Self.expired)
    }
}
