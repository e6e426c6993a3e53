import Bytes
import Testing

@Suite("A byte buffer")
struct ByteBufferTests {
    @Test("keeps its bytes in order while it grows")
    func grows() {
        var buffer = ByteBuffer()
        for byte in 0..<1_000 { buffer.append(UInt8(truncatingIfNeeded: byte)) }
        buffer.append(bigEndian: UInt32(0x0102_0304))
        #expect(buffer.array == (0..<1_000).map { UInt8(truncatingIfNeeded: $0) } + [1, 2, 3, 4])
    }

    @Test("reuses the memory of removed bytes before it allocates more")
    func reusesFront() {
        var buffer = ByteBuffer(copying: [UInt8](repeating: 7, count: 256))
        buffer.removeFirst(200)
        buffer.append(contentsOf: [UInt8](repeating: 8, count: 100))
        #expect(buffer.capacity == 256)
        #expect(buffer.array == [UInt8](repeating: 7, count: 56) + [UInt8](repeating: 8, count: 100))
    }

    @Test(
        "grows to a power of two, and above 4 MiB to a multiple of 64 KiB",
        arguments: [
            (1, 256), (256, 256), (257, 512), (65_600, 131_072), (131_072, 131_072), (131_073, 262_144),
            (262_145, 524_288), (4_194_304, 4_194_304), (4_194_305, 4_259_840),
        ])
    func capacities(count: Int, capacity: Int) {
        var buffer = ByteBuffer()
        _ = buffer.reserve(count)
        #expect(buffer.capacity == capacity)
    }

    @Test("opens and closes a gap in its middle")
    func shifts() {
        var buffer = ByteBuffer(copying: [1, 2, 3, 4])
        buffer.shift(from: 2, by: 3)
        #expect(buffer.count == 7 && buffer.array[5...] == [3, 4])
        buffer.shift(from: 5, by: -3)
        #expect(buffer.array == [1, 2, 3, 4])
    }

    @Test("frees memory above the limit that it may keep")
    func shrinks() {
        var buffer = ByteBuffer(copying: [UInt8](repeating: 1, count: 10_000))
        buffer.removeAll(keepingCapacity: 4_096)
        #expect(buffer.capacity == 0 && buffer.isEmpty)
    }
}
