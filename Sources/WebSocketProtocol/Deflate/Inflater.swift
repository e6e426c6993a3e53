import Bytes
import CZlib

/// The decompressor for one direction of a connection (RFC 7692, section 7.2.2).
///
/// The state of zlib, about 40 KiB, is allocated for the first compressed message.
struct Inflater: ~Copyable {
    private let windowBits: Int32
    private let keepsContext: Bool
    /// Allocated on the heap, because zlib keeps a pointer to it.
    private var stream: UnsafeMutablePointer<z_stream>?
    /// Whether the last consumed byte ended a final block.
    private var isAtStreamEnd = false

    /// - Parameter windowBits: The size of the window, 8 to 15. A window of 8 is read as 9, which is a superset,
    ///   because some versions of zlib announce 8 and use 9.
    init(windowBits: Int, keepsContext: Bool) {
        self.windowBits = Int32(truncatingIfNeeded: min(max(windowBits, 9), 15))
        self.keepsContext = keepsContext
    }

    deinit {
        guard let stream else { return }
        inflateEnd(stream)
        stream.deallocate()
    }

    /// Inflates the next bytes of a message and appends them to `output`. Stops as soon as `output` has more than
    /// `limit` bytes.
    mutating func inflate(
        _ bytes: UnsafeRawBufferPointer, into output: inout ByteBuffer, limit: Int
    ) -> ProtocolFailure? {
        guard let base = bytes.baseAddress, bytes.count > 0 else { return nil }
        guard let stream = opened() else { return ProtocolFailure(.internalError, "not enough memory to inflate") }
        var position = 0
        while position < bytes.count {
            // zlib counts in 32 bits.
            let piece = min(bytes.count - position, 1 << 30)
            let start = UnsafeMutableRawPointer(mutating: base + position).assumingMemoryBound(to: UInt8.self)
            stream.pointee.next_in = start
            stream.pointee.avail_in = UInt32(truncatingIfNeeded: piece)
            if let failure = drain(stream, into: &output, limit: limit) { return failure }
            position += piece
        }
        return nil
    }

    /// Ends a message: adds the four bytes that the sender removed, and resets the window if that was negotiated.
    mutating func finishMessage(into output: inout ByteBuffer, limit: Int) -> ProtocolFailure? {
        guard let stream = opened() else { return ProtocolFailure(.internalError, "not enough memory to inflate") }
        if !isAtStreamEnd {
            let failure = withUnsafeBytes(of: UInt32(0x0000_FFFF).bigEndian) {
                inflate($0, into: &output, limit: limit)
            }
            if let failure { return failure }
            // 128 in `data_type` means between two blocks. Otherwise the message was truncated and would corrupt the
            // next message.
            guard stream.pointee.data_type & 128 != 0 else { return .notDeflated }
        }
        isAtStreamEnd = false
        if !keepsContext { inflateReset(stream) }
        return nil
    }

    private mutating func drain(
        _ stream: UnsafeMutablePointer<z_stream>, into output: inout ByteBuffer, limit: Int
    ) -> ProtocolFailure? {
        while true {
            // One byte more than allowed: a message of exactly `limit` bytes passes, and the next byte reveals that it
            // is too long.
            let room = min(limit - output.count + 1, max(512, Int(stream.pointee.avail_in) * 4), 16_384)
            let target = output.reserve(room)
            stream.pointee.next_out = target.assumingMemoryBound(to: UInt8.self)
            stream.pointee.avail_out = UInt32(truncatingIfNeeded: room)
            isAtStreamEnd = false
            let status = CZlib.inflate(stream, Z_SYNC_FLUSH)
            output.advance(by: room - Int(stream.pointee.avail_out))
            guard output.count <= limit else { return .tooBig }
            switch status {
            case Z_OK, Z_BUF_ERROR:
                if stream.pointee.avail_in == 0, stream.pointee.avail_out > 0 { return nil }
                if status == Z_BUF_ERROR, stream.pointee.avail_out > 0 { return .notDeflated }
            case Z_STREAM_END:
                // A final block ends the stream, not the message (RFC 7692, section 7.2.3.4). Continues with the same
                // window.
                inflateResetKeep(stream)
                isAtStreamEnd = true
                if stream.pointee.avail_in == 0 { return nil }
            default:
                return .notDeflated
            }
        }
    }

    private mutating func opened() -> UnsafeMutablePointer<z_stream>? {
        if let stream { return stream }
        let fresh = UnsafeMutablePointer<z_stream>.allocate(capacity: 1)
        fresh.initialize(to: z_stream())
        guard webshocket_inflate_init(fresh, windowBits) == Z_OK else {
            fresh.deallocate()
            return nil
        }
        stream = fresh
        return fresh
    }
}
