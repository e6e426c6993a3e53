/// The masking of payloads (RFC 6455, section 5.3), which is its own inverse.
///
/// Keys keep their bytes in memory order, on little-endian and big-endian machines.
enum Mask {
    /// Masks `bytes` in place, at least 8 bytes at a time.
    @inline(__always) static func apply(_ key: UInt32, to bytes: UnsafeMutableRawBufferPointer) {
        guard let base = bytes.baseAddress else { return }
        let count = bytes.count
        guard count >= 8 else {
            var rest = UInt32(littleEndian: key)
            for index in 0..<count {
                let masked = base.load(fromByteOffset: index, as: UInt8.self) ^ UInt8(truncatingIfNeeded: rest)
                base.storeBytes(of: masked, toByteOffset: index, as: UInt8.self)
                rest = rest >> 8 | rest << 24
            }
            return
        }
        // The last word overlaps the previous word, so it is read before that one changes and written last.
        let last = base.loadUnaligned(fromByteOffset: count - 8, as: UInt64.self) ^ wide(advance(key, by: count))
        let key = wide(key)
        var index = 0
        while index < count - 8 {
            let masked = base.loadUnaligned(fromByteOffset: index, as: UInt64.self) ^ key
            base.storeBytes(of: masked, toByteOffset: index, as: UInt64.self)
            index += 8
        }
        base.storeBytes(of: last, toByteOffset: count - 8, as: UInt64.self)
    }

    @inline(__always) private static func wide(_ key: UInt32) -> UInt64 {
        UInt64(key) << 32 | UInt64(key)
    }

    /// Returns the key for the bytes after `count` masked bytes.
    @inline(__always) static func advance(_ key: UInt32, by count: Int) -> UInt32 {
        let bits = UInt32(truncatingIfNeeded: count & 3) * 8
        guard bits > 0 else { return key }
        let little = UInt32(littleEndian: key)
        return (little >> bits | little << (32 - bits)).littleEndian
    }
}
