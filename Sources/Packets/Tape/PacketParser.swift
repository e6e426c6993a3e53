import CMessagePack
import CSimdJSON
import CTape

/// The limits on one message.
package struct PacketLimits: Sendable, Hashable {
    /// The maximum nesting depth of containers, including the packet and its `rpc`; at most 64.
    package var maxDepth: Int
    /// The maximum number of values and keys in one message, summed over all its containers.
    package var maxElements: Int

    package init(maxDepth: Int = 64, maxElements: Int = 65_536) {
        self.maxDepth = maxDepth
        self.maxElements = maxElements
    }
}

/// A parser that writes messages of either codec to one reused tape.
///
/// Each event loop owns one parser. The parser is not `Sendable`, and a cursor is valid only until the next message. In
/// the steady state, parsing allocates no memory. Memory that one large message required is released after 16 small
/// messages.
@usableFromInline
package final class PacketParser {
    private let tape: UnsafeMutablePointer<CTape.tape>
    /// The JSON parser, which is created for the first JSON message.
    private var json: OpaquePointer?

    package init(limits: PacketLimits = PacketLimits()) {
        tape = .allocate(capacity: 1)
        tape_init(tape, UInt32(clamping: limits.maxDepth), UInt32(clamping: limits.maxElements))
    }

    deinit {
        tape_destroy(tape)
        tape.deallocate()
        if let json { simd_json_destroy(json) }
    }

    /// Parses one whole message and passes it to `body`.
    ///
    /// The cursor, and everything that is read from it without a copy, is valid only in `body` and only until the
    /// parser reads another message.
    /// - Throws: ``PacketError`` if the message cannot be parsed, or any error that `body` throws.
    @inlinable
    package func read<Result>(
        _ bytes: UnsafeRawBufferPointer, as codec: PacketCodec, _ body: (TapeCursor) throws -> Result
    ) throws -> Result {
        // The cursor points to memory that this object owns, and does not retain the object.
        try withExtendedLifetime(self) { try body(parse(bytes, as: codec)) }
    }

    @usableFromInline
    func parse(_ bytes: UnsafeRawBufferPointer, as codec: PacketCodec) throws(PacketError) -> TapeCursor {
        let start = bytes.baseAddress?.assumingMemoryBound(to: UInt8.self)
        let status: tape_status
        switch codec {
        case .messagePack:
            status = messagepack_parse(tape, start, bytes.count)
        case .json:
            if json == nil { json = simd_json_create() }
            guard let json else { throw .outOfMemory }
            status = simd_json_parse(json, tape, start, bytes.count)
        }
        if let error = PacketError(status) { throw error }
        return TapeCursor(token: UnsafePointer(tape.pointee.tokens))
    }

    /// Returns the packet that `read` has just rejected with ``PacketError/runTooLong``, so that its call can be
    /// answered.
    ///
    /// Texts with long runs read as empty. Call this before the parser reads another message, while the rejected
    /// message is still in memory.
    /// - Returns: The packet, or nil if the message is not a packet for another reason.
    package func refusedPacket() -> IncomingPacket? {
        guard tape.pointee.has_long_run else { return nil }
        return try? IncomingPacket(TapeCursor(token: UnsafePointer(tape.pointee.tokens)))
    }

    /// The number of values and keys in the last message.
    package var tokenCount: Int { Int(tape.pointee.count) }

    /// The number of tokens for which memory is reserved, 16 bytes each.
    package var reservedTokens: Int { Int(tape.pointee.capacity) }

    /// The number of bytes of JSON for which memory is reserved.
    package var reservedText: Int { json.map { Int(simd_json_capacity($0)) } ?? 0 }
}
