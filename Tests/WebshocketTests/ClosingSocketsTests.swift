import Testing

import Webshocket

@Suite("Sockets rejected by a connection limit")
struct ClosingSocketsTests {
    @Test("each address may have n sockets waiting to close, and n + 1 is refused")
    func perAddress() {
        let counter = ConnectionCounter(limit: nil, limitPerAddress: 1)
        for _ in 0..<ClosingSockets.mostPerNetwork { #expect(counter.depart("192.0.2.1")) }
        #expect(!counter.depart("192.0.2.1"))
        #expect(counter.depart("192.0.2.2"))
        counter.didDepart("192.0.2.1")
        #expect(counter.depart("192.0.2.1"))
        #expect(!counter.depart("192.0.2.1"))
    }

    @Test("IPv6 addresses are counted by their /64 network")
    func network() {
        let counter = ConnectionCounter(limit: nil, limitPerAddress: 1)
        for number in 0..<ClosingSockets.mostPerNetwork { #expect(counter.depart("2001:db8::\(number)")) }
        #expect(!counter.depart("2001:db8::ffff"))
        #expect(counter.depart("2001:db8:0:1::1"))
    }

    @Test("the total is bounded, and no entry remains after all have ended")
    func all() {
        var sockets = ClosingSockets()
        let counted = (0..<ClosingSockets.most + 1).map { sockets.begin("\($0)") }
        #expect(counted == Array(repeating: true, count: ClosingSockets.most) + [false])
        for number in 0..<ClosingSockets.most { sockets.end("\(number)") }
        #expect(sockets.count == 0)
        sockets.end("1")
        #expect(sockets.count == 0)
    }
}
