import Testing

import Webshocket

@Suite("Departures: sockets rejected by a connection limit")
struct ClosingSocketsTests {
    @Test("each address may have n sockets waiting to close, and n + 1 is refused")
    func perAddress() {
        let census = ConnectionCounter(limit: nil, limitPerAddress: 1)
        for _ in 0..<ClosingSockets.mostPerNetwork { #expect(census.depart("192.0.2.1")) }
        #expect(!census.depart("192.0.2.1"))
        #expect(census.depart("192.0.2.2"))
        census.didDepart("192.0.2.1")
        #expect(census.depart("192.0.2.1"))
        #expect(!census.depart("192.0.2.1"))
    }

    @Test("IPv6 addresses are counted by their /64 network")
    func network() {
        let census = ConnectionCounter(limit: nil, limitPerAddress: 1)
        for number in 0..<ClosingSockets.mostPerNetwork { #expect(census.depart("2001:db8::\(number)")) }
        #expect(!census.depart("2001:db8::ffff"))
        #expect(census.depart("2001:db8:0:1::1"))
    }

    @Test("the total is bounded, and no entry remains after all have ended")
    func all() {
        var departures = ClosingSockets()
        let counted = (0..<ClosingSockets.most + 1).map { departures.begin("\($0)") }
        #expect(counted == Array(repeating: true, count: ClosingSockets.most) + [false])
        for number in 0..<ClosingSockets.most { departures.end("\(number)") }
        #expect(departures.count == 0)
        departures.end("1")
        #expect(departures.count == 0)
    }
}
