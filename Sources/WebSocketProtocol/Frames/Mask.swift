/// The masking of payloads (RFC 6455, section 5.3), which is its own inverse.
///
/// Keys are kept in the order of their bytes in memory, whichever end the machine begins with.
enum Mask {
    /// Masks `bytes` in place, 8 at a time.
    @inline(__always) static func apply(_ key: UInt32, to bytes: UnsafeMutableRawBufferPointer) {
        guard var position = bytes.baseAddress else { return }
        var left = bytes.count
        let wide = UInt64(key) << 32 | UInt64(key)
        while left >= 8 {
            position.storeBytes(of: position.loadUnaligned(as: UInt64.self) ^ wide, as: UInt64.self)
            position += 8
            left -= 8
        }
        if left >= 4 {
            position.storeBytes(of: position.loadUnaligned(as: UInt32.self) ^ key, as: UInt32.self)
            position += 4
            left -= 4
        }
        var rest = UInt32(littleEndian: key)
        while left > 0 {
            position.storeBytes(
                of: position.load(as: UInt8.self) ^ UInt8(truncatingIfNeeded: rest), as: UInt8.self)
            rest >>= 8
            position += 1
            left -= 1
        }
    }

    /// The key for the bytes that follow `count` masked ones.
    @inline(__always) static func advance(_ key: UInt32, by count: Int) -> UInt32 {
        let bits = UInt32(truncatingIfNeeded: count & 3) * 8
        guard bits > 0 else { return key }
        let little = UInt32(littleEndian: key)
        return (little >> bits | little << (32 - bits)).littleEndian
    }
}
