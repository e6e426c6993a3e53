import Bytes

/// A pool of the empty outboxes of a loop's sockets.
///
/// With it, a socket that sends needs no allocation, and an idle socket has no buffer.
struct BufferPool: ~Copyable {
    /// The maximum number of buffers: about as many as a publication to a large channel fills.
    private static let maxCount = 1_024
    /// The maximum total capacity, in bytes, of the buffers that a loop keeps.
    private static let maxBytes = 1_024 * 1_024
    /// The maximum capacity of one buffer, in bytes. A larger buffer would displace sixteen typical ones.
    private static let maxCapacity = 128 * 1_024

    private let buffers = UnsafeMutablePointer<ByteBuffer>.allocate(capacity: maxCount)
    private(set) var count = 0
    private(set) var bytes = 0

    deinit {
        buffers.deinitialize(count: count)
        buffers.deallocate()
    }

    /// Replaces a buffer that has no memory with one from the pool, if there is one.
    @inline(__always)
    mutating func lend(to buffer: inout ByteBuffer) {
        guard buffer.capacity == 0, count > 0 else { return }
        count -= 1
        bytes -= buffers[count].capacity
        buffer = (buffers + count).move()
    }

    /// Empties a buffer, and returns its memory to the pool or frees it.
    @inline(__always)
    mutating func takeBack(_ buffer: inout ByteBuffer) {
        let capacity = buffer.capacity
        guard capacity > 0 else { return }
        buffer.removeFirst(buffer.count)
        let isWanted = count < Self.maxCount && capacity <= Self.maxCapacity && bytes + capacity <= Self.maxBytes
        guard isWanted else { return buffer.removeAll() }
        var taken = ByteBuffer()
        swap(&taken, &buffer)
        (buffers + count).initialize(to: taken)
        count += 1
        bytes += capacity
    }
}
