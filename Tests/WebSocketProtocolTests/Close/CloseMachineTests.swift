import Testing
import WebSocketProtocol

@Suite("The closing handshake")
struct CloseMachineTests {
    typealias Outcome = CloseMachine.Outcome

    @Test("started by the peer: a server echoes the code and drops, a client echoes it and waits")
    func peerCloses() {
        for (role, thenDrop) in [(Role.server, true), (.client, false)] {
            var machine = CloseMachine(role: role)
            #expect(machine.isOpen && machine.isReceiving)
            let action = machine.peerSentClose(code: .goingAway, reason: "bye")
            #expect(action == .sendClose(code: .goingAway, reason: "", thenDrop: thenDrop))
            #expect(!machine.isOpen && !machine.isReceiving)
            machine.connectionLost()
            #expect(machine.outcome == Outcome(code: .goingAway, reason: "bye", wasClean: true))
        }
    }

    @Test("started by this side: a server drops after the echo, a client waits for the server to drop")
    func weClose() {
        for (role, last) in [(Role.server, CloseMachine.Action.drop), (.client, .nothing)] {
            var machine = CloseMachine(role: role)
            let first = machine.closeRequested(code: .goingAway, reason: "restart")
            #expect(first == .sendClose(code: .goingAway, reason: "restart", thenDrop: false))
            #expect(!machine.isOpen && machine.isReceiving)
            #expect(machine.closeRequested(code: .normal, reason: "") == .nothing)
            #expect(machine.peerSentClose(code: .goingAway, reason: "") == last)
            machine.connectionLost()
            #expect(machine.outcome == Outcome(code: .goingAway, reason: "restart", wasClean: true))
        }
    }

    @Test("an empty close frame is echoed empty, and reported as 1005")
    func empty() {
        var machine = CloseMachine(role: .server)
        #expect(machine.peerSentClose(code: nil, reason: "") == .sendClose(code: nil, reason: "", thenDrop: true))
        #expect(machine.outcome == Outcome(code: .noStatus, reason: "", wasClean: true))
    }

    @Test("a lost connection ends uncleanly, with 1006 or with the code that this side had sent")
    func lost() {
        for (closesFirst, code) in [(false, CloseCode.abnormal), (true, .normal)] {
            var machine = CloseMachine(role: .client)
            if closesFirst { _ = machine.closeRequested() }
            machine.connectionLost()
            #expect(machine.outcome == Outcome(code: code, reason: "", wasClean: false))
            #expect(machine.closeRequested() == .nothing)
            #expect(machine.peerSentClose(code: .normal, reason: "") == .nothing)
            #expect(machine.timedOut() == .nothing)
            #expect(machine.failed(code: .protocolError, reason: "") == .nothing)
        }
    }

    @Test("a peer that does not answer is dropped after the timeout")
    func unanswered() {
        var machine = CloseMachine(role: .server)
        #expect(machine.timedOut() == .nothing)
        _ = machine.closeRequested()
        #expect(machine.timedOut() == .drop)
        #expect(machine.timedOut() == .nothing)
        #expect(machine.outcome == Outcome(code: .normal, reason: "", wasClean: false))
    }

    @Test("a server that does not drop is dropped by its client, and the close stays clean")
    func lingeringServer() {
        var machine = CloseMachine(role: .client)
        _ = machine.closeRequested(code: .normal, reason: "")
        #expect(machine.peerSentClose(code: .normal, reason: "") == .nothing)
        #expect(machine.timedOut() == .drop)
        #expect(machine.outcome == Outcome(code: .normal, reason: "", wasClean: true))
    }

    @Test("a failure is reported to the peer once, and then the connection is dropped")
    func fails() {
        var machine = CloseMachine(role: .client)
        let action = machine.failed(code: .messageTooBig, reason: "message above the limit")
        #expect(action == .sendClose(code: .messageTooBig, reason: "message above the limit", thenDrop: true))
        #expect(machine.failed(code: .protocolError, reason: "") == .nothing)
        machine.connectionLost()
        #expect(
            machine.outcome == Outcome(code: .messageTooBig, reason: "message above the limit", wasClean: false))
    }

    @Test("a failure after our close frame only drops the connection")
    func failsWhileClosing() {
        var machine = CloseMachine(role: .server)
        _ = machine.closeRequested()
        #expect(machine.failed(code: .protocolError, reason: "bad") == .drop)
        #expect(machine.outcome == Outcome(code: .protocolError, reason: "bad", wasClean: false))
    }

    @Test("a second close frame changes nothing")
    func twice() {
        var machine = CloseMachine(role: .client)
        _ = machine.peerSentClose(code: .normal, reason: "first")
        #expect(machine.peerSentClose(code: .goingAway, reason: "second") == .nothing)
        #expect(machine.closeRequested() == .nothing)
        #expect(machine.outcome?.reason == "first")
    }
}
