import Bytes
import Testing

@Suite("Large memory")
struct LargeMemoryTests {
    @Test("has sizes that are powers of two up to 4 MiB, then multiples of 64 KiB")
    func sizes() {
        #expect(LargeMemory.size(for: 1) == LargeMemory.threshold)
        #expect(LargeMemory.size(for: 262_144) == 262_144)
        #expect(LargeMemory.size(for: 262_145) == 524_288)
        #expect(LargeMemory.size(for: 4_194_304) == 4_194_304)
        #expect(LargeMemory.size(for: 4_194_305) == 4_194_304 + 65_536)
    }

    @Test("keeps the bytes of a growing buffer, even if bytes are removed from its front", arguments: [0, 1_000])
    func grows(taken: Int) {
        var buffer = ByteBuffer()
        let piece = (0..<100_003).map { UInt8(truncatingIfNeeded: $0) }
        var count = 0
        while count < 20_000_000 {
            buffer.append(contentsOf: piece)
            count += piece.count
            if taken > 0, buffer.start == 0 { buffer.removeFirst(taken) }
        }
        let removed = count - buffer.count
        #expect(buffer.capacity >= LargeMemory.threshold)
        buffer.withBytes { bytes in
            for index in stride(from: 0, to: bytes.count, by: 997) {
                #expect(bytes[index] == piece[(index + removed) % piece.count])
            }
        }
    }

    @Test("is kept for reuse up to a total of 8 MiB")
    func kept() {
        var buffers: [() -> Int] = []
        for _ in 0..<32 {
            var buffer = ByteBuffer()
            _ = buffer.reserve(1_048_576)
            let held = Holder(buffer)
            buffers.append { held.capacity }
        }
        #expect(buffers.allSatisfy { $0() == 1_048_576 })
        buffers = []
        #expect(LargeMemory.keptBytes <= 8_388_608)
    }

    private final class Holder {
        private let buffer: ByteBuffer

        init(_ buffer: consuming ByteBuffer) { self.buffer = buffer }

        var capacity: Int { buffer.capacity }
    }
}
