import Testing
import Webshocket

@Suite("Stream flow control")
struct StreamFlowTests {
    private func grant(_ elements: Int, to flow: inout StreamFlow, sourceLocation: SourceLocation = #_sourceLocation) {
        let isCredit = flow.grant(elements)
        #expect(isCredit, sourceLocation: sourceLocation)
    }

    private func refuse(_ elements: Int, to flow: inout StreamFlow, sourceLocation: SourceLocation = #_sourceLocation) {
        let isCredit = flow.grant(elements)
        #expect(!isCredit, sourceLocation: sourceLocation)
    }

    @Test("a stream without a credit limit never pauses")
    func unlimited() {
        var flow = StreamFlow()
        for _ in 0..<1_000 { flow.elementWasSent() }
        #expect(flow.maySend)
    }

    @Test("a stream pauses when its credit is used up, and continues with more")
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

    @Test("a stream may start with a credit of 0")
    func none() throws {
        var flow = try #require(StreamFlow(credit: 0))
        #expect(!flow.maySend)
        grant(1, to: &flow)
        #expect(flow.maySend)
    }

    @Test("an unlimited stream becomes limited with its first grant")
    func lateCredit() {
        var flow = StreamFlow()
        grant(1, to: &flow)
        flow.elementWasSent()
        #expect(!flow.maySend)
    }

    @Test("refuses an invalid credit", arguments: [-1, Int.min, 2_147_483_648, Int.max])
    func badCredit(credit: Int) {
        #expect(StreamFlow(credit: credit) == nil)
        var flow = StreamFlow()
        refuse(credit, to: &flow)
        #expect(flow.maySend)
    }

    @Test("refuses a grant that exceeds the maximum credit, and keeps its credit")
    func overflow() throws {
        var flow = try #require(StreamFlow(credit: 2_147_483_646))
        grant(1, to: &flow)
        refuse(1, to: &flow)
        flow.elementWasSent()
        grant(1, to: &flow)
    }
}
