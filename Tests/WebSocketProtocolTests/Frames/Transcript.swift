import Bytes
import WebSocketProtocol

/// An event of a reader, copied from its memory.
enum Heard: Equatable {
    case text(String)
    case binary([UInt8])
    case ping([UInt8])
    case pong([UInt8])
    case close(UInt16?, String)
    case failure(UInt16)
}

/// Reads `bytes` in pieces of the given lengths and returns the reader's events. The last piece has the remaining
/// bytes.
///
/// Each piece has its own memory, which is overwritten afterwards, like the shared read buffer of an event loop.
func hear(_ bytes: [UInt8], in pieces: [Int] = [], by reader: inout MessageReader) -> [Heard] {
    var heard: [Heard] = []
    var position = 0
    var lengths = pieces[...]
    repeat {
        let length = min(lengths.popFirst() ?? .max, bytes.count - position)
        let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: max(length, 1), alignment: 1)
        defer { memory.deallocate() }
        memory.copyBytes(from: bytes[position..<(position + length)])
        var input = UnsafeMutableRawBufferPointer(rebasing: memory[..<length])
        position += length
        reading: while true {
            switch reader.next(in: &input) {
            case .needMore: break reading
            case .message(.text, let payload): heard.append(.text(String(decoding: payload, as: UTF8.self)))
            case .message(.binary, let payload): heard.append(.binary(Array(payload)))
            case .ping(let payload): heard.append(.ping(Array(payload)))
            case .pong(let payload): heard.append(.pong(Array(payload)))
            case .close(let close): heard.append(.close(close.code?.rawValue, close.reason))
            case .failure(let failure):
                heard.append(.failure(failure.code.rawValue))
                return heard
            }
        }
        _ = memory.initializeMemory(as: UInt8.self, repeating: 0xEE)
    } while position < bytes.count
    return heard
}

func hear(
    _ bytes: [UInt8], in pieces: [Int] = [], as role: Role = .server, limits: MessageLimits = .init(),
    deflate: DeflateParameters? = nil
) -> [Heard] {
    var reader = MessageReader(role: role, limits: limits, deflate: deflate)
    return hear(bytes, in: pieces, by: &reader)
}

/// Builds a frame by hand, masked like a client's by default.
func frame(
    _ first: UInt8, _ payload: [UInt8], mask: [UInt8]? = [0x37, 0xFA, 0x21, 0x3D]
) -> [UInt8] {
    let bit: UInt8 = mask == nil ? 0 : 0x80
    var bytes: [UInt8] = [first]
    switch payload.count {
    case ..<126: bytes.append(bit | UInt8(payload.count))
    case ..<65_536: bytes += [bit | 126, UInt8(payload.count >> 8), UInt8(payload.count & 0xFF)]
    default: bytes += [bit | 127] + (0..<8).map { UInt8(truncatingIfNeeded: payload.count >> (56 - 8 * $0)) }
    }
    guard let mask else { return bytes + payload }
    return bytes + mask + payload.enumerated().map { $1 ^ mask[$0 % 4] }
}

/// Calls `body` with a writer, and returns the bytes that it wrote.
func written(
    as role: Role = .server, fragmentSize: Int = 65_536, deflate: DeflateParameters? = nil,
    _ body: (inout MessageWriter, inout ByteBuffer) -> Void
) -> [UInt8] {
    var writer = MessageWriter(role: role, fragmentSize: fragmentSize, deflate: deflate)
    var buffer = ByteBuffer()
    body(&writer, &buffer)
    return buffer.array
}

extension MessageWriter {
    mutating func write(_ kind: MessageKind, _ payload: [UInt8], into buffer: inout ByteBuffer) {
        payload.withUnsafeBytes { write(kind, $0, into: &buffer) }
    }

    /// Writes a message with `begin` and `end`.
    mutating func encode(_ kind: MessageKind, _ payload: [UInt8], into buffer: inout ByteBuffer) {
        let mark = begin(kind, in: &buffer)
        buffer.append(contentsOf: payload)
        end(mark, in: &buffer)
    }
}

/// A random number generator with reproducible results (SplitMix64).
struct Seeded: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }

    mutating func bytes(_ count: Int) -> [UInt8] {
        (0..<count).map { _ in UInt8(truncatingIfNeeded: next()) }
    }
}
