import Bytes
import COpenSSL

/// The masking keys of a client: unpredictable, and new for each frame (RFC 6455, section 5.3).
///
/// Keys are drawn from OpenSSL's generator in batches of 64, because one draw costs more than masking a small frame.
struct MaskingKeys: ~Copyable {
    private static let batch = 64
    private var bytes = ByteBuffer()

    mutating func next() -> UInt32 {
        if bytes.isEmpty { draw() }
        let key = bytes.withBytes { $0.loadUnaligned(as: UInt32.self) }
        bytes.removeFirst(MemoryLayout<UInt32>.size)
        return key
    }

    private mutating func draw() {
        let count = Self.batch * MemoryLayout<UInt32>.size
        let target = bytes.reserve(count)
        if RAND_bytes(target.assumingMemoryBound(to: UInt8.self), Int32(truncatingIfNeeded: count)) == 1 {
            bytes.advance(by: count)
        } else {
            var generator = SystemRandomNumberGenerator()
            for _ in 0..<Self.batch { bytes.append(bigEndian: UInt32.random(in: 0 ... .max, using: &generator)) }
        }
    }
}
