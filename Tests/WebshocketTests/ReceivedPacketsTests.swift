import Testing

import Webshocket

@Suite("Queue of received packets")
struct ReceivedPacketsTests {
    @Test("reaches the soft limit by count or bytes, and the hard limit at eight times as much")
    func limits() {
        var packets = ReceivedPackets(capacity: 3, byteCapacity: 100)
        func keep(_ bytes: Int) { _ = packets.arrived(Packet(source: .custom), bytes: bytes) }
        keep(99)
        #expect(!packets.isFull)
        keep(1)
        #expect(packets.isFull && !packets.isOverfull)
        _ = packets.take()
        #expect(!packets.isFull)
        keep(0)
        #expect(!packets.isFull)
        keep(0)
        #expect(packets.isFull)
        keep(798)
        #expect(!packets.isOverfull)
        keep(1)
        #expect(packets.isOverfull)
    }
}
