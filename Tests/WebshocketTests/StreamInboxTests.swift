import Testing
import Webshocket

@Suite("Stream inbox")
struct StreamInboxTests {
    /// Takes the next element and returns its demand, or nil if there is no element.
    private func take(_ inbox: inout StreamInbox, expecting number: Int) -> StreamInbox.Demand? {
        guard case .element(let element, let demand) = inbox.next() else { return nil }
        #expect(element.asInt == number)
        return demand
    }

    @Test("grants credit when half of the window has been taken", arguments: [1, 2, 3, 64, 65_536])
    func credit(window: Int) {
        var inbox = StreamInbox(window: window)
        var credit = window
        var most = 0
        var next = 0
        for number in 0..<(window * 4) {
            // The server sends as many elements as it has credit for.
            while credit > 0 {
                inbox.arrived(.int(Int64(next)))
                next += 1
                credit -= 1
            }
            most = max(most, inbox.count)
            let demand = take(&inbox, expecting: number)
            #expect(demand != nil && demand?.isReleased == false)
            credit += demand?.credit ?? 0
        }
        #expect(most == window && !inbox.isHeldUp)
    }

    @Test("is held up by one element above the window until half of the elements are taken")
    func heldUp() {
        var inbox = StreamInbox(window: 4)
        for number in 0..<4 as Range<Int64> { inbox.arrived(.int(number)) }
        #expect(!inbox.isHeldUp)
        inbox.arrived(4)
        #expect(inbox.isHeldUp)
        for number in 0..<2 { #expect(take(&inbox, expecting: number)?.isReleased == false) }
        #expect(inbox.isHeldUp)
        #expect(take(&inbox, expecting: 2)?.isReleased == true)
        #expect(!inbox.isHeldUp)
        #expect(take(&inbox, expecting: 3)?.isReleased == false)
    }

    @Test("ends after its last element with the first ending, and returns an error once")
    func ending() {
        var inbox = StreamInbox(window: 2)
        inbox.arrived(0)
        inbox.end(.failed(RPCError("first")))
        inbox.end(.finished)
        inbox.arrived(1)
        #expect(take(&inbox, expecting: 0)?.credit == 0)
        guard case .ended(let error) = inbox.next() else {
            Issue.record("It has not ended.")
            return
        }
        #expect(error as? RPCError == RPCError("first"))
        for _ in 0..<2 {
            guard case .ended(nil) = inbox.next() else {
                Issue.record("It has not stayed ended.")
                return
            }
        }
    }
}
