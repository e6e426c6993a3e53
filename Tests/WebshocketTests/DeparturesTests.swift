import Testing

import Webshocket

@Suite("Sockets that a limit has turned away")
struct DeparturesTests {
    @Test("are bounded for each address: n may wait for their peers, n + 1 may not")
    func perAddress() {
        let census = ConnectionCensus(limit: nil, limitPerAddress: 1)
        for _ in 0..<Departures.mostPerNetwork { #expect(census.depart("192.0.2.1")) }
        #expect(!census.depart("192.0.2.1"))
        #expect(census.depart("192.0.2.2"))
        census.didDepart("192.0.2.1")
        #expect(census.depart("192.0.2.1"))
        #expect(!census.depart("192.0.2.1"))
    }

    @Test("are counted by the /64 of an IPv6 address")
    func network() {
        let census = ConnectionCensus(limit: nil, limitPerAddress: 1)
        for number in 0..<Departures.mostPerNetwork { #expect(census.depart("2001:db8::\(number)")) }
        #expect(!census.depart("2001:db8::ffff"))
        #expect(census.depart("2001:db8:0:1::1"))
    }

    @Test("are bounded in all, and leave nothing behind")
    func all() {
        var departures = Departures()
        let counted = (0..<Departures.most + 1).map { departures.begin("\($0)") }
        #expect(counted == Array(repeating: true, count: Departures.most) + [false])
        for number in 0..<Departures.most { departures.end("\(number)") }
        #expect(departures.count == 0)
        departures.end("1")
        #expect(departures.count == 0)
    }
}
