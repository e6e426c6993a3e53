import Testing

import Webshocket

@Suite("Packets that wait to be received")
struct ReceivedPacketsTests {
    @Test("are full by their number or by their bytes, and overfull at eight times as much")
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
