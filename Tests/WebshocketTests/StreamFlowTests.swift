import Testing
import Webshocket

@Suite("The flow of a stream")
struct StreamFlowTests {
    private func grant(_ elements: Int, to flow: inout StreamFlow, sourceLocation: SourceLocation = #_sourceLocation) {
        let isCredit = flow.grant(elements)
        #expect(isCredit, sourceLocation: sourceLocation)
    }

    private func refuse(_ elements: Int, to flow: inout StreamFlow, sourceLocation: SourceLocation = #_sourceLocation) {
        let isCredit = flow.grant(elements)
        #expect(!isCredit, sourceLocation: sourceLocation)
    }

    @Test("without credit never stops")
    func unlimited() {
        var flow = StreamFlow()
        for _ in 0..<1_000 { flow.elementWasSent() }
        #expect(flow.maySend)
    }

    @Test("sends as many elements as it has credit for, and goes on with more")
    func credit() throws {
        var flow = try #require(StreamFlow(credit: 2))
        flow.elementWasSent()
        #expect(flow.maySend)
        flow.elementWasSent()
        #expect(!flow.maySend)
        grant(1, to: &flow)
        #expect(flow.maySend)
        flow.elementWasSent()
        #expect(!flow.maySend)
    }

    @Test("may begin with no credit at all")
    func none() throws {
        var flow = try #require(StreamFlow(credit: 0))
        #expect(!flow.maySend)
        grant(1, to: &flow)
        #expect(flow.maySend)
    }

    @Test("is limited from the first grant on")
    func lateCredit() {
        var flow = StreamFlow()
        grant(1, to: &flow)
        flow.elementWasSent()
        #expect(!flow.maySend)
    }

    @Test("refuses what is no credit", arguments: [-1, Int.min, 2_147_483_648, Int.max])
    func badCredit(credit: Int) {
        #expect(StreamFlow(credit: credit) == nil)
        var flow = StreamFlow()
        refuse(credit, to: &flow)
        #expect(flow.maySend)
    }

    @Test("refuses a sum above the most, and keeps what it had")
    func overflow() throws {
        var flow = try #require(StreamFlow(credit: 2_147_483_646))
        grant(1, to: &flow)
        refuse(1, to: &flow)
        flow.elementWasSent()
        grant(1, to: &flow)
    }
}
