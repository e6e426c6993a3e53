import Bytes

/// Emptied outboxes of a loop's sockets, so that a socket that answers needs no allocation and an idle one has no
/// buffer.
struct BufferPool: ~Copyable {
    /// As many as a publication to a large channel fills.
    private static let maxCount = 1_024
    /// A loop keeps at most this much, whatever its sockets have sent.
    private static let maxBytes = 1_024 * 1_024
    /// A larger buffer is not worth keeping whole: one of them would crowd out sixteen common ones.
    private static let maxCapacity = 128 * 1_024

    private let buffers = UnsafeMutablePointer<ByteBuffer>.allocate(capacity: maxCount)
    private(set) var count = 0
    private(set) var bytes = 0

    deinit {
        buffers.deinitialize(count: count)
        buffers.deallocate()
    }

    /// Gives an empty buffer room, when there is some to give.
    @inline(__always)
    mutating func lend(to buffer: inout ByteBuffer) {
        guard buffer.capacity == 0, count > 0 else { return }
        count -= 1
        bytes -= buffers[count].capacity
        buffer = (buffers + count).move()
    }

    /// Empties a buffer and takes its room away.
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
