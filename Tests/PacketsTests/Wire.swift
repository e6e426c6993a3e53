import Bytes
import Packets
import Testing

/// Returns the bytes of a hexadecimal text. Spaces are ignored.
func hex(_ text: String) -> [UInt8] {
    let digits = text.filter { !$0.isWhitespace }.map { UInt8($0.hexDigitValue ?? 0) }
    return stride(from: 0, to: digits.count - 1, by: 2).map { digits[$0] << 4 | digits[$0 + 1] }
}

/// Returns the bytes that `body` writes.
func written(_ body: (inout ByteBuffer) throws -> Void) rethrows -> [UInt8] {
    var buffer = ByteBuffer()
    try body(&buffer)
    return buffer.array
}

func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }

/// Parses with a new parser, and reads while the bytes and the tape are valid.
func parse<R>(
    _ bytes: [UInt8], as codec: PacketCodec, limits: PacketLimits = PacketLimits(), _ read: (TapeCursor) throws -> R
) throws -> R {
    let parser = PacketParser(limits: limits)
    return try bytes.withUnsafeBytes { try parser.read($0, as: codec, read) }
}

func value(_ bytes: [UInt8], as codec: PacketCodec, limits: PacketLimits = PacketLimits()) throws -> WireValue {
    try parse(bytes, as: codec, limits: limits) { $0.value() }
}

func value(json: String) throws -> WireValue { try value(Array(json.utf8), as: .json) }

/// Returns the error with which a message is rejected, or nil if it is valid.
func refusal(_ bytes: [UInt8], as codec: PacketCodec, limits: PacketLimits = PacketLimits()) -> PacketError? {
    do {
        _ = try value(bytes, as: codec, limits: limits)
        return nil
    } catch {
        return error as? PacketError
    }
}

func packet(_ bytes: [UInt8], as codec: PacketCodec) throws -> Packet {
    try parse(bytes, as: codec) { try IncomingPacket($0).packet() }
}

/// Returns a value after a round trip through a codec.
func sent<T: Codable & Sendable>(_ value: T, through codec: PacketCodec) throws -> T {
    let bytes = try written { try WireEncoding<T>.resolve().write(value, codec, &$0) }
    return try parse(bytes, as: codec) { try WireDecoding<T>.resolve().read($0) }
}

/// A reproducible random number generator (SplitMix64).
struct Noise: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var word = state
        word = (word ^ (word >> 30)) &* 0xbf58_476d_1ce4_e5b9
        word = (word ^ (word >> 27)) &* 0x94d0_49bb_1331_11eb
        return word ^ (word >> 31)
    }
}
