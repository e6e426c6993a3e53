/// The header of a frame (RFC 6455, section 5.2), 2 to 14 bytes long.
struct FrameHeader {
    static let maximumSize = 14

    let first: UInt8
    let isMasked: Bool
    /// The masking key, with its bytes in memory order.
    let mask: UInt32
    let length: UInt64
    /// Whether the length is encoded in the fewest bytes.
    let isMinimal: Bool

    var isFinal: Bool { first & 0x80 != 0 }
    var isCompressed: Bool { first & 0x40 != 0 }
    var opcode: UInt8 { first & 0x0F }
    var isControl: Bool { first & 0x08 != 0 }

    /// Returns the size of a header from its second byte.
    @inline(__always) static func size(second: UInt8) -> Int {
        let mask = second & 0x80 == 0 ? 0 : 4
        return switch second & 0x7F {
        case 126: 4 + mask
        case 127: 10 + mask
        default: 2 + mask
        }
    }

    /// Reads a complete header of `size(second:)` bytes.
    @inline(__always) init(_ bytes: UnsafeRawPointer) {
        let second = bytes.load(fromByteOffset: 1, as: UInt8.self)
        first = bytes.load(as: UInt8.self)
        isMasked = second & 0x80 != 0
        var size = 2
        switch second & 0x7F {
        case 126:
            length = UInt64(UInt16(bigEndian: bytes.loadUnaligned(fromByteOffset: 2, as: UInt16.self)))
            isMinimal = length > 125
            size = 4
        case 127:
            length = UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: 2, as: UInt64.self))
            isMinimal = length > 0xFFFF
            size = 10
        default:
            length = UInt64(second & 0x7F)
            isMinimal = true
        }
        mask = isMasked ? bytes.loadUnaligned(fromByteOffset: size, as: UInt32.self) : 0
    }
}

// MARK: - Writing

extension FrameHeader {
    /// Returns the size of the header for a payload of `length` bytes.
    @usableFromInline static func size(length: Int, isMasked: Bool) -> Int {
        (length < 126 ? 2 : length <= 0xFFFF ? 4 : 10) + (isMasked ? 4 : 0)
    }

    /// Writes a header of `size(length:isMasked:)` bytes. Pass nil as `mask` for a server.
    static func write(first: UInt8, length: Int, mask: UInt32?, to target: UnsafeMutableRawPointer) {
        let bit: UInt8 = mask == nil ? 0 : 0x80
        target.storeBytes(of: first, as: UInt8.self)
        var size = 2
        if length < 126 {
            target.storeBytes(of: UInt8(truncatingIfNeeded: length) | bit, toByteOffset: 1, as: UInt8.self)
        } else if length <= 0xFFFF {
            target.storeBytes(of: 126 | bit, toByteOffset: 1, as: UInt8.self)
            target.storeBytes(of: UInt16(truncatingIfNeeded: length).bigEndian, toByteOffset: 2, as: UInt16.self)
            size = 4
        } else {
            target.storeBytes(of: 127 | bit, toByteOffset: 1, as: UInt8.self)
            target.storeBytes(of: UInt64(length).bigEndian, toByteOffset: 2, as: UInt64.self)
            size = 10
        }
        if let mask { target.storeBytes(of: mask, toByteOffset: size, as: UInt32.self) }
    }
}
