import Bytes

/// Writes messages and control frames into a buffer that goes out as it is (RFC 6455, section 5; RFC 7692 where
/// negotiated).
///
/// ``begin(_:in:)`` and ``end(_:in:)`` frame a message that is encoded straight into the buffer; ``write(_:_:into:)``
/// frames one that exists already. Local misuse (a mark used twice) may corrupt the stream; nothing here sees peer
/// data.
@usableFromInline
package struct MessageWriter: ~Copyable {
    /// A server that does not compress: its small messages take the short way.
    @usableFromInline let isPlainServer: Bool
    /// What the last message's header needed: the next one is expected to need the same.
    @usableFromInline var gap: Int
    @usableFromInline let fragmentSize: Int
    private let isClient: Bool
    /// Messages of fewer bytes go uncompressed; `Int.max` where compression was not negotiated.
    private let minimumSize: Int
    private var deflater: Deflater
    private var keys = MaskingKeys()

    /// - Parameter fragmentSize: Payload bytes of a frame, at least 1; a longer message is sent in fragments of this
    ///   size.
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

    /// Begins a message; what is appended to `buffer` up to ``end(_:in:)`` is its payload.
    @inlinable package mutating func begin(_ kind: MessageKind, in buffer: inout ByteBuffer) -> MessageMark {
        let mark = MessageMark(offset: buffer.count, kind: kind, gap: gap)
        _ = buffer.reserve(gap)
        buffer.advance(by: gap)
        return mark
    }

    /// Ends a message: writes its header, and compresses, splits and masks its payload where that is due.
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

    /// Takes a message back that was begun and not ended.
    @inlinable package func cancel(_ mark: MessageMark, in buffer: inout ByteBuffer) {
        buffer.truncate(to: mark.offset)
    }

    /// Writes a message whose payload exists; `payload` must not lie in `buffer`.
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
    /// Ends a message off the short way.
    @usableFromInline @inline(never)
    mutating func finish(_ mark: MessageMark, count: Int, in buffer: inout ByteBuffer) {
        precondition(count >= 0, "a mark outlived its message")
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

    /// Cuts a payload into frames, from its end on: each byte moves once.
    private mutating func split(
        _ mark: MessageMark, first: UInt8, count: Int, headerSize: Int, in buffer: inout ByteBuffer
    ) {
        // Frames only move away from the front below; a gap wider than the first header is closed beforehand.
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
            buffer.withMutableBytes { bytes in
                guard let base = bytes.baseAddress else { return }
                (base + target + size).copyMemory(from: base + source, byteCount: length)
            }
            let bits = (index == 0 ? first : 0) | (index == full ? 0x80 : 0)
            writeFrame(first: bits, at: target, headerSize: size, length: length, in: &buffer)
        }
    }

    /// Writes the header of a payload that lies in place behind it, and masks the payload for a client.
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
    /// Writes a ping; of `payload` the first 125 bytes count (RFC 6455, section 5.5).
    package mutating func writePing(_ payload: UnsafeRawBufferPointer, into buffer: inout ByteBuffer) {
        writeControl(0x89, payload, into: &buffer)
    }

    /// Writes a pong; of `payload`, which is the ping's, the first 125 bytes count.
    package mutating func writePong(_ payload: UnsafeRawBufferPointer, into buffer: inout ByteBuffer) {
        writeControl(0x8A, payload, into: &buffer)
    }

    /// Writes a close frame. The reason is cut to 123 bytes between two characters; a code that may not travel, such as
    /// ``CloseCode/noStatus``, makes the frame an empty one, like nil.
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
