import Bytes

/// A writer of messages and control frames into an output buffer (RFC 6455, section 5; RFC 7692 if negotiated).
///
/// ``begin(_:in:)`` and ``end(_:in:)`` frame a message that is encoded directly into the buffer. ``write(_:_:into:)``
/// frames an existing message. Misuse by the caller, such as using a mark twice, can corrupt the stream; data of the
/// peer is never involved.
@usableFromInline
package struct MessageWriter: ~Copyable {
    /// Whether this is a server without compression, whose small messages take the fast path.
    @usableFromInline let isPlainServer: Bool
    /// The header size of the last message. The next message is expected to need the same size.
    @usableFromInline var gap: Int
    @usableFromInline let fragmentSize: Int
    private let isClient: Bool
    /// Messages with fewer bytes are not compressed; `Int.max` if compression was not negotiated.
    private let minimumSize: Int
    private var deflater: Deflater
    private var keys = MaskingKeys()

    /// - Parameter fragmentSize: The maximum payload of a frame in bytes, at least 1. A longer message is sent in
    ///   fragments of this size.
    package init(role: Role, fragmentSize: Int = 65_536, deflate: DeflateParameters? = nil) {
        isClient = role == .client
        isPlainServer = role == .server && deflate == nil
        gap = FrameHeader.size(length: 0, isMasked: role == .client)
        self.fragmentSize = max(1, fragmentSize)
        minimumSize = deflate.map { max(1, $0.minimumSize) } ?? .max
        switch role {
        case .server:
            deflater = Deflater(
                windowBits: deflate?.serverWindowBits ?? 15, level: deflate?.level ?? 1,
                keepsContext: deflate?.serverContextTakeover ?? true)
        case .client:
            deflater = Deflater(
                windowBits: deflate?.clientWindowBits ?? 15, level: deflate?.level ?? 1,
                keepsContext: deflate?.clientContextTakeover ?? true)
        }
    }

    /// Begins a message. Its payload is everything that is appended to `buffer` before ``end(_:in:)``.
    @inlinable package mutating func begin(_ kind: MessageKind, in buffer: inout ByteBuffer) -> MessageMark {
        let mark = MessageMark(offset: buffer.count, kind: kind, gap: gap)
        _ = buffer.reserve(gap)
        buffer.advance(by: gap)
        return mark
    }

    /// Ends a message: writes its header, and compresses, splits and masks its payload if needed.
    @inlinable package mutating func end(_ mark: MessageMark, in buffer: inout ByteBuffer) {
        let count = buffer.count - mark.offset - mark.gap
        if isPlainServer, mark.gap == 2, count >= 0, count < 126, count <= fragmentSize {
            let header = UInt16(0x80 | mark.kind.opcode) << 8 | UInt16(truncatingIfNeeded: count)
            buffer.base.unsafelyUnwrapped
                .storeBytes(of: header.bigEndian, toByteOffset: buffer.start + mark.offset, as: UInt16.self)
        } else {
            finish(mark, count: count, in: &buffer)
        }
    }

    /// Removes a message that was begun and not ended.
    @inlinable package func cancel(_ mark: MessageMark, in buffer: inout ByteBuffer) {
        buffer.truncate(to: mark.offset)
    }

    /// Writes a message with an existing payload. `payload` must not be in the memory of `buffer`.
    package mutating func write(_ kind: MessageKind, _ payload: UnsafeRawBufferPointer, into buffer: inout ByteBuffer) {
        guard !isClient, payload.count <= fragmentSize, payload.count < minimumSize else {
            let mark = begin(kind, in: &buffer)
            buffer.append(contentsOf: payload)
            finish(mark, count: payload.count, in: &buffer)
            return
        }
        let size = FrameHeader.size(length: payload.count, isMasked: false)
        let target = buffer.reserve(size + payload.count)
        FrameHeader.write(first: 0x80 | kind.opcode, length: payload.count, mask: nil, to: target)
        if let source = payload.baseAddress {
            (target + size).copyMemory(from: source, byteCount: payload.count)
        }
        buffer.advance(by: size + payload.count)
    }
}

// MARK: - Finishing

extension MessageWriter {
    /// Ends a message outside the fast path.
    @usableFromInline @inline(never)
    mutating func finish(_ mark: MessageMark, count: Int, in buffer: inout ByteBuffer) {
        precondition(count >= 0, "the mark is no longer valid")
        var count = count
        var first = mark.kind.opcode
        if count >= minimumSize, let compressed = deflater.compress(last: count, of: &buffer) {
            count = compressed
            first |= 0x40
        }
        let size = FrameHeader.size(length: min(count, fragmentSize), isMasked: isClient)
        if count <= fragmentSize {
            buffer.shift(from: mark.offset + mark.gap, by: size - mark.gap)
            writeFrame(first: first | 0x80, at: mark.offset, headerSize: size, length: count, in: &buffer)
        } else {
            split(mark, first: first, count: count, headerSize: size, in: &buffer)
        }
        gap = size
    }

    /// Splits a payload into frames, from its end, so each byte moves only once.
    private mutating func split(
        _ mark: MessageMark, first: UInt8, count: Int, headerSize: Int, in buffer: inout ByteBuffer
    ) {
        // From here on, frames only move towards the end. A gap wider than the first header is closed first.
        var gap = mark.gap
        if gap > headerSize {
            buffer.shift(from: mark.offset + gap, by: headerSize - gap)
            gap = headerSize
        }
        let full = (count - 1) / fragmentSize
        let lastLength = count - full * fragmentSize
        let lastSize = FrameHeader.size(length: lastLength, isMasked: isClient)
        let growth = full * headerSize + lastSize - gap
        _ = buffer.reserve(growth)
        buffer.advance(by: growth)

        for index in stride(from: full, through: 0, by: -1) {
            let (length, size) = index == full ? (lastLength, lastSize) : (fragmentSize, headerSize)
            let source = mark.offset + gap + index * fragmentSize
            let target = mark.offset + index * (headerSize + fragmentSize)
            // The first payload is usually in place, because the gap was as wide as its header.
            if target + size != source {
                buffer.withMutableBytes { bytes in
                    guard let base = bytes.baseAddress else { return }
                    (base + target + size).copyMemory(from: base + source, byteCount: length)
                }
            }
            let bits = (index == 0 ? first : 0) | (index == full ? 0x80 : 0)
            writeFrame(first: bits, at: target, headerSize: size, length: length, in: &buffer)
        }
    }

    /// Writes the header before a payload that is already in place, and masks the payload of a client.
    private mutating func writeFrame(
        first: UInt8, at offset: Int, headerSize: Int, length: Int, in buffer: inout ByteBuffer
    ) {
        let mask = isClient ? keys.next() : nil
        buffer.withMutableBytes { bytes in
            guard let base = bytes.baseAddress else { return }
            FrameHeader.write(first: first, length: length, mask: mask, to: base + offset)
            if let mask {
                Mask.apply(mask, to: UnsafeMutableRawBufferPointer(start: base + offset + headerSize, count: length))
            }
        }
    }
}

// MARK: - Control frames

extension MessageWriter {
    /// Writes a ping with at most the first 125 bytes of `payload` (RFC 6455, section 5.5).
    package mutating func writePing(_ payload: UnsafeRawBufferPointer, into buffer: inout ByteBuffer) {
        writeControl(0x89, payload, into: &buffer)
    }

    /// Writes a pong with at most the first 125 bytes of `payload`, which is the ping's.
    package mutating func writePong(_ payload: UnsafeRawBufferPointer, into buffer: inout ByteBuffer) {
        writeControl(0x8A, payload, into: &buffer)
    }

    /// Writes a close frame. The reason is cut to 123 bytes between two characters. Nil, or a code that cannot be sent
    /// such as ``CloseCode/noStatus``, writes an empty frame.
    package mutating func writeClose(_ code: CloseCode?, reason: String = "", into buffer: inout ByteBuffer) {
        let code = code.flatMap { $0.isValidOnTheWire ? $0 : nil }
        var payload: [UInt8] = []
        if let code {
            payload = [UInt8(code.rawValue >> 8), UInt8(truncatingIfNeeded: code.rawValue)]
            for character in reason {
                guard payload.count + character.utf8.count <= 125 else { break }
                payload.append(contentsOf: character.utf8)
            }
        }
        payload.withUnsafeBytes { writeControl(0x88, $0, into: &buffer) }
    }

    private mutating func writeControl(
        _ first: UInt8, _ payload: UnsafeRawBufferPointer, into buffer: inout ByteBuffer
    ) {
        let offset = buffer.count
        let size = FrameHeader.size(length: 0, isMasked: isClient)
        let length = min(payload.count, 125)
        _ = buffer.reserve(size)
        buffer.advance(by: size)
        buffer.append(contentsOf: UnsafeRawBufferPointer(rebasing: payload[..<length]))
        writeFrame(first: first, at: offset, headerSize: size, length: length, in: &buffer)
    }
}
