import Testing
import Webshocket

@Suite("The authentication of a connection")
struct AuthenticationMachineTests {
    private typealias Action = AuthenticationMachine.Action

    /// An event for a machine, for use in tables.
    enum Step: Sendable {
        case message(isToken: Bool)
        case validated(AuthenticationMachine.Verdict)
        case deadline
        case renewal
        case renewed(Duration?)
        case renewalFailed
        case time
        case closed
    }

    /// - Returns: The description of the last result.
    private static func play(_ steps: [Step], _ machine: inout AuthenticationMachine, at now: Duration = .zero)
        -> String
    {
        var answer = ""
        for step in steps {
            answer =
                switch step {
                case .message(let isToken): "\(machine.messageArrived(isToken: isToken))"
                case .validated(let verdict): "\(machine.validated(verdict, at: now))"
                case .deadline: "\(machine.deadlinePassed())"
                case .renewal: "\(machine.renewalArrived(at: now))"
                case .renewed(let time): "\(machine.renewed(expiresAfter: time, at: now))"
                case .renewalFailed: "\(machine.renewalFailed())"
                case .time: "\(machine.timeCame(at: now))"
                case .closed: "\(machine.connectionClosed())"
                }
        }
        return answer
    }

    private static let admitted = AuthenticationMachine.Verdict.admitted(expiresAfter: nil)

    @Test(
        "checks only the first message, once, and within the time limit",
        arguments: [
            ([Step.message(isToken: true)], "validate", AuthenticationMachine.Phase.validating),
            ([.message(isToken: false)], "close(4901, reason: \"Authentication required\")", .over),
            ([.deadline], "close(4902, reason: \"Authentication timed out\")", .over),
            ([.message(isToken: true), .deadline], "close(1013, reason: \"Authentication took too long\")", .over),
            ([.message(isToken: true), .message(isToken: true)], "nothing", .validating),
            ([.message(isToken: true), .validated(admitted)], "admit", .admitted),
            (
                [.message(isToken: true), .validated(.refused)], "close(1008, reason: \"Authentication failed\")", .over
            ),
            ([.message(isToken: true), .validated(.failed)], "close(1011, reason: \"\")", .over),
            ([.message(isToken: true), .deadline, .validated(admitted)], "nothing", .over),
            ([.message(isToken: true), .closed, .validated(admitted)], "nothing", .over),
            ([.message(isToken: true), .validated(admitted), .deadline], "nothing", .admitted),
            ([.closed, .message(isToken: true)], "nothing", .over),
            ([.closed, .deadline], "nothing", .over),
            ([.validated(admitted)], "nothing", .awaitingToken),
            ([.renewal], "nothing", .awaitingToken),
            ([.time], "nothing", .awaitingToken),
        ])
    func first(steps: [Step], answer: String, phase: AuthenticationMachine.Phase) {
        var machine = AuthenticationMachine()
        let last = Self.play(steps, &machine)
        #expect(last == answer && machine.phase == phase)
    }

    @Test(
        "is renewed by one token at a time, and does not change if that fails",
        arguments: [
            ([Step.renewal], "validate", AuthenticationMachine.Phase.renewing),
            ([.renewal, .renewal], "refuse(retryAfter: 1.0 seconds)", .renewing),
            ([.renewal, .renewalFailed, .renewal], "validate", .renewing),
            ([.renewal, .renewed(nil)], "true", .admitted),
            ([.renewed(nil)], "false", .admitted),
            ([.renewal, .closed, .renewed(nil)], "false", .over),
            ([.renewal, .renewalFailed, .renewed(nil)], "false", .admitted),
            ([.message(isToken: true)], "nothing", .admitted),
        ])
    func renewal(steps: [Step], answer: String, phase: AuthenticationMachine.Phase) {
        var machine = AuthenticationMachine(admittedAt: .zero, expiresAfter: nil)
        let last = Self.play(steps, &machine)
        #expect(last == answer && machine.phase == phase)
    }

    @Test("limits the rate of renewals, whether or not they succeed")
    func rate() {
        var machine = AuthenticationMachine(admittedAt: .zero, expiresAfter: nil)
        for _ in 0..<AuthenticationMachine.renewals {
            let action = machine.renewalArrived(at: .zero)
            machine.renewalFailed()
            #expect(action == .validate)
        }
        let refused = machine.renewalArrived(at: .zero)
        #expect(refused == .refuse(retryAfter: .seconds(6)))
        let early = machine.renewalArrived(at: .seconds(5))
        #expect(early == .refuse(retryAfter: .seconds(1)))
        let next = machine.renewalArrived(at: .seconds(6))
        #expect(next == .validate)
    }

    @Test("ends when its admission expires, and not when a timer for an earlier admission fires")
    func expiry() {
        var machine = AuthenticationMachine(admittedAt: .seconds(5), expiresAfter: .seconds(10))
        #expect(machine.expiresAt == .seconds(15))
        #expect(Self.play([.time], &machine, at: .seconds(14)) == "nothing")
        #expect(Self.play([.renewal, .renewed(.seconds(10))], &machine, at: .seconds(14)) == "true")
        #expect(Self.play([.time], &machine, at: .seconds(15)) == "nothing")
        #expect(Self.play([.renewal], &machine, at: .seconds(23)) == "validate")
        // A renewal that is in progress does not delay the expiry.
        #expect(
            Self.play([.time], &machine, at: .seconds(24)) == "close(4903, reason: \"Authentication expired\")")
        #expect(machine.phase == .over)
        #expect(Self.play([.renewed(nil)], &machine, at: .seconds(25)) == "false")
    }

    @Test("can become unlimited, and expires at once if its lifetime is negative")
    func bounds() {
        var machine = AuthenticationMachine(admittedAt: .zero, expiresAfter: .seconds(10))
        #expect(Self.play([.renewal, .renewed(nil)], &machine, at: .seconds(5)) == "true")
        #expect(machine.expiresAt == nil)
        #expect(Self.play([.time], &machine, at: .seconds(10)) == "nothing")
        let negative = AuthenticationMachine(admittedAt: .seconds(3), expiresAfter: .seconds(-9))
        #expect(negative.expiresAt == .seconds(3))
        let endless = AuthenticationMachine(admittedAt: .seconds(3), expiresAfter: .seconds(Int64.max))
        #expect(endless.expiresAt == .seconds(3) + AuthenticationMachine.longest)
    }
}
