import CMemory

/// Memory of large buffers, mapped from the system instead of taken from the heap.
///
/// An allocator may keep large blocks after they are freed: glibc adapts its thresholds so that blocks of up to 32 MiB
/// come from the heap, where small neighbours hold them. Mapped memory goes back when it is freed. A few blocks of up to
/// 4 MiB are kept for reuse, so that a server that echoes large messages does not fault in each page anew.
package enum LargeMemory {
    /// Buffers of at least this size are mapped.
    package static let threshold = 262_144
    /// Larger blocks are returned at once.
    static let largestKept = 4_194_304
    /// The bytes of freed blocks that the process keeps at most.
    package static let mostKept = 8_388_608

    /// Freed blocks by their size, a power of two.
    private struct Pool {
        private var blocks: [[UnsafeMutableRawPointer]] = Array(repeating: [], count: 5)
        private(set) var bytes = 0

        mutating func take(_ size: Int) -> UnsafeMutableRawPointer? {
            guard let block = blocks[index(of: size)].popLast() else { return nil }
            bytes -= size
            return block
        }

        /// - Returns: false if there is no room for the block.
        mutating func keep(_ block: UnsafeMutableRawPointer, _ size: Int) -> Bool {
            guard bytes + size <= LargeMemory.mostKept else { return false }
            blocks[index(of: size)].append(block)
            bytes += size
            return true
        }

        private func index(of size: Int) -> Int {
            size.trailingZeroBitCount - LargeMemory.threshold.trailingZeroBitCount
        }
    }

    /// Unchecked because it is reached in ``withPool(_:)`` only.
    nonisolated(unsafe) private static var pool = Pool()

    private static func withPool<Result>(_ body: (inout Pool) -> Result) -> Result {
        cmemory_lock()
        defer { cmemory_unlock() }
        return body(&pool)
    }

    /// The bytes of freed blocks that are kept.
    package static var keptBytes: Int { withPool { $0.bytes } }

    /// The size of the block for at least so many bytes, which is at least the threshold.
    package static func size(for count: Int) -> Int {
        guard count > largestKept else { return 1 << (Int.bitWidth - (max(count, threshold) - 1).leadingZeroBitCount) }
        let page = 65_536
        return (count + page - 1) & ~(page - 1)
    }

    /// Allocates a block. The process ends if there is no memory, as with any other allocation.
    /// - Parameter size: as ``size(for:)`` has it.
    package static func allocate(_ size: Int) -> UnsafeMutableRawPointer {
        if size <= largestKept, let block = withPool({ $0.take(size) }) { return block }
        guard let block = cmemory_map(size) else { fatalError("out of memory: cannot map \(size) bytes") }
        return block
    }

    package static func deallocate(_ block: UnsafeMutableRawPointer, _ size: Int) {
        if size <= largestKept, withPool({ $0.keep(block, size) }) { return }
        cmemory_unmap(block, size)
    }

    /// Grows a block that is too large to be kept, without copying it if the system can.
    static func grow(_ block: UnsafeMutableRawPointer, from size: Int, to newSize: Int) -> UnsafeMutableRawPointer {
        guard let moved = cmemory_remap(block, size, newSize) else {
            fatalError("out of memory: cannot map \(newSize) bytes")
        }
        return moved
    }
}
