import CMessagePack
import CSimdJSON
import CTape

/// What one message may hold.
package struct PacketLimits: Sendable, Hashable {
    /// Containers within containers, the packet and its `rpc` included; at most 64.
    package var maxDepth: Int
    /// Values and keys of one message, in all its containers together.
    package var maxElements: Int

    package init(maxDepth: Int = 64, maxElements: Int = 65_536) {
        self.maxDepth = maxDepth
        self.maxElements = maxElements
    }
}

/// Puts messages of either codec on one reused tape.
///
/// One loop owns one parser: it is not `Sendable`, and a cursor is good only until the next message. In the steady
/// state a message allocates nothing; what one large message made the parser reserve goes once 16 modest ones followed.
@usableFromInline
package final class PacketParser {
    private let tape: UnsafeMutablePointer<CTape.tape>
    /// Made for the first JSON message.
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

    /// Parses one whole message and lends it to `body`: the cursor, and all that is read from it without a copy, is
    /// good inside `body` only, and only until the parser reads another message.
    /// - Throws: ``PacketError`` for a message that is none, or what `body` throws.
    @inlinable
    package func read<Result>(
        _ bytes: UnsafeRawBufferPointer, as codec: Codec, _ body: (TapeCursor) throws -> Result
    ) throws -> Result {
        // The cursor points into what this object owns, and keeps no count on it.
        try withExtendedLifetime(self) { try body(parse(bytes, as: codec)) }
    }

    @usableFromInline
    func parse(_ bytes: UnsafeRawBufferPointer, as codec: Codec) throws(PacketError) -> TapeCursor {
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

    /// The packet that `read` has just refused with ``PacketError/runTooLong``, for an answer to its call; nil if it is
    /// not a packet otherwise. Its texts with long runs read as empty.
    ///
    /// Call it before the parser reads another message, while the refused message is still in memory.
    package func refusedPacket() -> IncomingPacket? {
        guard tape.pointee.has_long_run else { return nil }
        return try? IncomingPacket(TapeCursor(token: UnsafePointer(tape.pointee.tokens)))
    }

    /// The number of values and keys in the last message.
    package var tokenCount: Int { Int(tape.pointee.count) }

    /// How many tokens there is room for now, of 16 bytes each.
    package var reservedTokens: Int { Int(tape.pointee.capacity) }

    /// How many bytes of JSON there is room for now.
    package var reservedText: Int { json.map { Int(simd_json_capacity($0)) } ?? 0 }
}
