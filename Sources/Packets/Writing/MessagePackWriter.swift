import Bytes

/// A writer of MessagePack that always uses the smallest form.
enum MessagePackWriter {
    static func write(_ value: Int64, into buffer: inout ByteBuffer) {
        guard value < 0 else { return write(UInt64(value), into: &buffer) }
        if value >= -32 {
            buffer.append(UInt8(bitPattern: Int8(value)))
        } else if value >= Int64(Int8.min) {
            write(0xd0, Int8(value), into: &buffer)
        } else if value >= Int64(Int16.min) {
            write(0xd1, Int16(value), into: &buffer)
        } else if value >= Int64(Int32.min) {
            write(0xd2, Int32(value), into: &buffer)
        } else {
            write(0xd3, value, into: &buffer)
        }
    }

    static func write(_ value: UInt64, into buffer: inout ByteBuffer) {
        if value < 128 {
            buffer.append(UInt8(value))
        } else if value <= UInt8.max {
            write(0xcc, UInt8(value), into: &buffer)
        } else if value <= UInt16.max {
            write(0xcd, UInt16(value), into: &buffer)
        } else if value <= UInt32.max {
            write(0xce, UInt32(value), into: &buffer)
        } else {
            write(0xcf, value, into: &buffer)
        }
    }

    static func write(_ value: Double, into buffer: inout ByteBuffer) { write(0xcb, value.bitPattern, into: &buffer) }
    static func write(_ value: Float, into buffer: inout ByteBuffer) { write(0xca, value.bitPattern, into: &buffer) }

    static func write(text: UnsafeRawBufferPointer, into buffer: inout ByteBuffer) {
        guard text.count < 32 else {
            write(length: text.count, as: (0xd9, 0xda, 0xdb), into: &buffer)
            return buffer.append(contentsOf: text)
        }
        let target = buffer.reserve(1 + text.count)
        target.storeBytes(of: 0xa0 | UInt8(text.count), as: UInt8.self)
        if let start = text.baseAddress { (target + 1).copyMemory(from: start, byteCount: text.count) }
        buffer.advance(by: 1 + text.count)
    }

    static func write(bytes: UnsafeRawBufferPointer, into buffer: inout ByteBuffer) {
        write(length: bytes.count, as: (0xc4, 0xc5, 0xc6), into: &buffer)
        buffer.append(contentsOf: bytes)
    }

    static func write(arrayOf count: Int, into buffer: inout ByteBuffer) {
        guard count >= 16 else { return buffer.append(0x90 | UInt8(count)) }
        write(length: count, as: (nil, 0xdc, 0xdd), into: &buffer)
    }

    static func write(mapOf count: Int, into buffer: inout ByteBuffer) {
        guard count >= 16 else { return buffer.append(0x80 | UInt8(count)) }
        write(length: count, as: (nil, 0xde, 0xdf), into: &buffer)
    }

    static func write(extension type: Int8, _ bytes: UnsafeRawBufferPointer, into buffer: inout ByteBuffer) {
        switch bytes.count {
        case 1: buffer.append(0xd4)
        case 2: buffer.append(0xd5)
        case 4: buffer.append(0xd6)
        case 8: buffer.append(0xd7)
        case 16: buffer.append(0xd8)
        default: write(length: bytes.count, as: (0xc7, 0xc8, 0xc9), into: &buffer)
        }
        buffer.append(UInt8(bitPattern: type))
        buffer.append(contentsOf: bytes)
    }

    static func write(_ value: Timestamp, into buffer: inout ByteBuffer) {
        let type = UInt8(bitPattern: Timestamp.extensionType)
        if let seconds = UInt64(exactly: value.seconds), seconds >> 34 == 0 {
            if value.nanoseconds == 0, seconds <= UInt32.max {
                buffer.append(0xd6)
                write(type, UInt32(seconds), into: &buffer)
            } else {
                buffer.append(0xd7)
                write(type, UInt64(value.nanoseconds) << 34 | seconds, into: &buffer)
            }
        } else {
            buffer.append(0xc7)
            buffer.append(12)
            write(type, value.nanoseconds, into: &buffer)
            buffer.append(bigEndian: value.seconds)
        }
    }

    // MARK: - Parts

    private static func write<I: FixedWidthInteger>(_ marker: UInt8, _ value: I, into buffer: inout ByteBuffer) {
        let target = buffer.reserve(1 + MemoryLayout<I>.size)
        target.storeBytes(of: marker, as: UInt8.self)
        (target + 1).storeBytes(of: value.bigEndian, as: I.self)
        buffer.advance(by: 1 + MemoryLayout<I>.size)
    }

    /// Writes a marker and a length.
    /// - Parameter length: The length of outgoing data. The format allows 4 GiB, which is far above the size of any
    ///   message.
    private static func write(
        length: Int, as markers: (UInt8?, UInt8, UInt8), into buffer: inout ByteBuffer
    ) {
        if let marker = markers.0, let short = UInt8(exactly: length) {
            write(marker, short, into: &buffer)
        } else if let medium = UInt16(exactly: length) {
            write(markers.1, medium, into: &buffer)
        } else {
            write(markers.2, UInt32(length), into: &buffer)
        }
    }
}
