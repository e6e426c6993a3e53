import Bytes
import CZlib

/// The compressor for one direction of a connection (RFC 7692, section 7.2.1).
///
/// The state of zlib, up to 256 KiB with a window of 15 bits, is allocated for the first compressed message.
struct Deflater: ~Copyable {
    private let windowBits: Int32
    private let level: Int32
    let keepsContext: Bool
    /// Allocated on the heap, because zlib keeps a pointer to it.
    private var stream: UnsafeMutablePointer<z_stream>?

    /// - Parameters:
    ///   - windowBits: The size of the window, 9 to 15. zlib does not support raw deflate with 8.
    ///   - level: The compression level, 1 to 9.
    init(windowBits: Int, level: Int, keepsContext: Bool) {
        self.windowBits = Int32(truncatingIfNeeded: min(max(windowBits, 9), 15))
        self.level = Int32(truncatingIfNeeded: min(max(level, 1), 9))
        self.keepsContext = keepsContext
    }

    deinit {
        guard let stream else { return }
        deflateEnd(stream)
        stream.deallocate()
    }

    /// Replaces the last `count` bytes of the buffer, at least one, with their compressed form. The four bytes that end
    /// a flush are removed.
    ///
    /// - Returns: The length of the compressed form, or nil if the bytes are unchanged. That happens if zlib has no
    ///   memory. It also happens if compression does not make them smaller, unless the peer's window must stay in step.
    mutating func compress(last count: Int, of buffer: inout ByteBuffer) -> Int? {
        guard let stream = opened() else { return nil }
        let source = buffer.count - count
        let end = buffer.count
        var consumed = 0
        var flush = Z_NO_FLUSH
        repeat {
            // zlib counts in 32 bits.
            let piece = min(count - consumed, 1 << 30)
            flush = consumed + piece == count ? Z_SYNC_FLUSH : Z_NO_FLUSH
            let room = Int(deflateBound(stream, UInt(piece))) + 16
            let target = buffer.reserve(room)
            let input = buffer.withMutableBytes { $0.baseAddress.unsafelyUnwrapped + source + consumed }
            stream.pointee.next_in = input.assumingMemoryBound(to: UInt8.self)
            stream.pointee.avail_in = UInt32(truncatingIfNeeded: piece)
            stream.pointee.next_out = target.assumingMemoryBound(to: UInt8.self)
            stream.pointee.avail_out = UInt32(clamping: room)
            let roomGiven = Int(stream.pointee.avail_out)
            let status = deflate(stream, flush)
            // Z_BUF_ERROR: everything was already flushed when the output was exactly full.
            guard status == Z_OK || status == Z_BUF_ERROR else {
                close()
                buffer.truncate(to: end)
                return nil
            }
            buffer.advance(by: roomGiven - Int(stream.pointee.avail_out))
            consumed += piece - Int(stream.pointee.avail_in)
        } while flush == Z_NO_FLUSH || stream.pointee.avail_out == 0 || consumed < count

        let length = buffer.count - end - 4
        if !keepsContext {
            deflateReset(stream)
            guard length < count else {
                buffer.truncate(to: end)
                return nil
            }
        }
        buffer.truncate(to: end + length)
        buffer.shift(from: end, by: source - end)
        return length
    }

    private mutating func opened() -> UnsafeMutablePointer<z_stream>? {
        if let stream { return stream }
        let fresh = UnsafeMutablePointer<z_stream>.allocate(capacity: 1)
        fresh.initialize(to: z_stream())
        guard webshocket_deflate_init(fresh, level, windowBits) == Z_OK else {
            fresh.deallocate()
            return nil
        }
        stream = fresh
        return fresh
    }

    /// Closes the stream. A new stream does not refer to earlier messages, so the peer can still inflate its messages.
    private mutating func close() {
        guard let stream else { return }
        deflateEnd(stream)
        stream.deallocate()
        self.stream = nil
    }
}
