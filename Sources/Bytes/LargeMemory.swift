import CMemory

/// An allocator for large buffers, which maps memory from the system instead of using the heap.
///
/// The heap may keep large blocks after they are freed. By default, glibc raises its mmap threshold to up to 32 MiB,
/// and allocates smaller blocks on the heap, where adjacent blocks prevent their release. Mapped memory goes back to
/// the system when it is freed. A few blocks of up to 4 MiB are kept for reuse. Without them, a server that echoes
/// large messages would cause a page fault for every page.
package enum LargeMemory {
    /// The minimum size, in bytes, of buffers that are mapped.
    package static let threshold = 262_144
    /// The maximum size, in bytes, of a block that is kept for reuse. Larger blocks are unmapped immediately.
    static let largestKept = 4_194_304
    /// The maximum total size, in bytes, of the blocks that the process keeps.
    package static let mostKept = 8_388_608

    /// The blocks that are kept for reuse, by their size, which is a power of two.
    private struct Pool {
        private var blocks: [[UnsafeMutableRawPointer]] = Array(repeating: [], count: 5)
        private(set) var bytes = 0

        mutating func take(_ size: Int) -> UnsafeMutableRawPointer? {
            guard let block = blocks[index(of: size)].popLast() else { return nil }
            bytes -= size
            return block
        }

        /// Keeps a block for reuse.
        /// - Returns: False if the limit on kept memory would be exceeded.
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

    /// The pool. Unsafe because the compiler cannot check that it is accessed in ``withPool(_:)`` only.
    nonisolated(unsafe) private static var pool = Pool()

    private static func withPool<Result>(_ body: (inout Pool) -> Result) -> Result {
        cmemory_lock()
        defer { cmemory_unlock() }
        return body(&pool)
    }

    /// The total size, in bytes, of the blocks that are kept for reuse.
    package static var keptBytes: Int { withPool { $0.bytes } }

    /// Returns the size of the block to allocate for `count` bytes.
    ///
    /// It is a power of two from ``threshold`` to 4 MiB, or a multiple of 64 KiB for more than 4 MiB.
    package static func size(for count: Int) -> Int {
        guard count > largestKept else { return powerOfTwo(atLeast: max(count, threshold)) }
        let page = 65_536
        return (count + page - 1) & ~(page - 1)
    }

    /// Returns the smallest power of two that is not less than a positive number.
    static func powerOfTwo(atLeast count: Int) -> Int { 1 << (Int.bitWidth - (count - 1).leadingZeroBitCount) }

    /// Allocates a block. The process terminates if memory runs out, as with any other allocation in Swift.
    /// - Parameter size: A size that ``size(for:)`` returned.
    package static func allocate(_ size: Int) -> UnsafeMutableRawPointer {
        if size <= largestKept, let block = withPool({ $0.take(size) }) { return block }
        guard let block = cmemory_map(size) else { fatalError("out of memory: cannot map \(size) bytes") }
        return block
    }

    /// Frees a block, or keeps it for reuse.
    /// - Parameters:
    ///   - block: The block.
    ///   - size: The size with which it was allocated.
    package static func deallocate(_ block: UnsafeMutableRawPointer, _ size: Int) {
        if size <= largestKept, withPool({ $0.keep(block, size) }) { return }
        cmemory_unmap(block, size)
    }

    /// Grows a block that is larger than ``largestKept``. On Linux the pages are moved, not copied.
    static func grow(_ block: UnsafeMutableRawPointer, from size: Int, to newSize: Int) -> UnsafeMutableRawPointer {
        guard let moved = cmemory_remap(block, size, newSize) else {
            fatalError("out of memory: cannot map \(newSize) bytes")
        }
        return moved
    }
}
