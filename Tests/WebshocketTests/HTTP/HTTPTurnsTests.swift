import Testing
import Webshocket

@Suite("The turns of an HTTP connection")
struct HTTPTurnsTests {
    @Test("alternate between requests and responses")
    func keepAlive() {
        var turns = HTTPTurns()
        #expect(turns.state == .asking && turns.bytesCame() == .nothing)
        for _ in 0..<3 {
            turns.requestCame(isLast: false)
            #expect(turns.state == .answering && turns.bytesCame() == .nothing && !turns.isLast)
            #expect(turns.answered() == .next)
            #expect(turns.state == .waiting && turns.answered() == .nothing)
            #expect(turns.bytesCame() == .limitHead && turns.bytesCame() == .nothing)
        }
    }

    @Test("end after the response to the last request")
    func last() {
        var turns = HTTPTurns()
        turns.requestCame(isLast: true)
        #expect(turns.isLast && turns.answered() == .close && turns.state == .over)
        turns.requestCame(isLast: false)
        #expect(turns.state == .over && turns.answered() == .nothing && turns.bytesCame() == .nothing)
        #expect(turns.peerEnded() == .nothing && turns.shutdownBegan() == .nothing)
    }

    @Test("end when the peer ends its side: at once, or after the pending response")
    func peerEnd() {
        var turns = HTTPTurns()
        #expect(turns.peerEnded() == .close)
        turns = HTTPTurns()
        turns.requestCame(isLast: false)
        #expect(turns.peerEnded() == .nothing && turns.isLast && turns.answered() == .close)
        turns = HTTPTurns()
        turns.requestCame(isLast: false)
        _ = turns.answered()
        #expect(turns.peerEnded() == .close && turns.peerEnded() == .nothing)
    }

    @Test("end at a shutdown, except for a partly received head and a pending response")
    func shutdown() {
        var turns = HTTPTurns()
        #expect(turns.shutdownBegan() == .nothing && turns.state == .asking)
        turns.requestCame(isLast: false)
        #expect(turns.shutdownBegan() == .nothing && turns.isLast && turns.answered() == .close)
        turns = HTTPTurns()
        turns.requestCame(isLast: false)
        _ = turns.answered()
        #expect(turns.shutdownBegan() == .close && turns.state == .over)
    }
}
