/// A growing run of bytes with one owner: what an outbox, a message in the making and an encoder write into.
///
/// Large ones are in ``LargeMemory``, so that what they take up goes back to the system with them.
/// It never shrinks by itself; its owner says when with ``removeAll(keepingCapacity:)``.
@usableFromInline
package struct ByteBuffer: ~Copyable {
    @usableFromInline package private(set) var base: UnsafeMutableRawPointer?
    @usableFromInline package private(set) var capacity: Int
    /// Bytes that were taken off the front and are not yet reused.
    @usableFromInline package private(set) var start: Int
    /// The index behind the last byte.
    @usableFromInline package private(set) var end: Int

    @inlinable package init() {
        base = nil
        capacity = 0
        start = 0
        end = 0
    }

    package init(copying bytes: some Collection<UInt8>) {
        self.init()
        append(contentsOf: bytes)
    }

    deinit { freeMemory() }

    @inlinable package var count: Int { end - start }
    @inlinable package var isEmpty: Bool { end == start }

    /// The bytes as an array; for tests and for what leaves the hot path.
    package var array: [UInt8] { withBytes { Array($0) } }

    @inlinable package func withBytes<R, E: Error>(_ body: (UnsafeRawBufferPointer) throws(E) -> R) throws(E) -> R {
        try body(UnsafeRawBufferPointer(start: base.map { $0 + start }, count: end - start))
    }

    @inlinable package mutating func withMutableBytes<R, E: Error>(
        _ body: (UnsafeMutableRawBufferPointer) throws(E) -> R
    ) throws(E) -> R {
        try body(UnsafeMutableRawBufferPointer(start: base.map { $0 + start }, count: end - start))
    }
}

// MARK: - Growing

extension ByteBuffer {
    /// Makes room for `count` bytes behind the last one and returns where they go; they count once
    /// ``advance(by:)`` says so. The pointer lives until the next mutation.
    @inlinable @inline(__always) package mutating func reserve(_ count: Int) -> UnsafeMutableRawPointer {
        if capacity - end < max(count, 1) { grow(by: count) }
        return base.unsafelyUnwrapped + end
    }

    @inlinable @inline(__always) package mutating func advance(by count: Int) {
        assert(count <= capacity - end)
        end += count
    }

    @usableFromInline @inline(never) mutating func grow(by count: Int) {
        let used = end - start
        if start > 0, capacity - used >= count, start >= used {
            base.unsafelyUnwrapped.copyMemory(from: base.unsafelyUnwrapped + start, byteCount: used)
        } else {
            move(to: Swift.max(256, Swift.max(self.capacity * 2, used + count)))
        }
        start = 0
        end = used
    }

    /// Moves the bytes to the front of new memory with room for `capacity` bytes.
    private mutating func move(to capacity: Int) {
        let isLarge = capacity >= LargeMemory.threshold
        let capacity = isLarge ? LargeMemory.size(for: capacity) : capacity
        if let base, start == 0, self.capacity > LargeMemory.largestKept {
            self.base = LargeMemory.grow(base, from: self.capacity, to: capacity)
        } else {
            let fresh =
                isLarge
                ? LargeMemory.allocate(capacity)
                : UnsafeMutableRawPointer.allocate(byteCount: capacity, alignment: 16)
            if let base { fresh.copyMemory(from: base + start, byteCount: end - start) }
            freeMemory()
            base = fresh
        }
        self.capacity = capacity
    }

    @usableFromInline func freeMemory() {
        guard let base else { return }
        if capacity >= LargeMemory.threshold { LargeMemory.deallocate(base, capacity) } else { base.deallocate() }
    }
}

// MARK: - Appending

extension ByteBuffer {
    @inlinable package mutating func append(_ byte: UInt8) {
        reserve(1).storeBytes(of: byte, as: UInt8.self)
        end += 1
    }

    @inlinable package mutating func append(contentsOf bytes: UnsafeRawBufferPointer) {
        guard let source = bytes.baseAddress, bytes.count > 0 else { return }
        reserve(bytes.count).copyMemory(from: source, byteCount: bytes.count)
        end += bytes.count
    }

    @inlinable package mutating func append(contentsOf bytes: some Collection<UInt8>) {
        if bytes.withContiguousStorageIfAvailable({ append(contentsOf: UnsafeRawBufferPointer($0)) }) == nil {
            for byte in bytes { append(byte) }
        }
    }

    @inlinable package mutating func append(_ literal: StaticString) {
        append(contentsOf: UnsafeRawBufferPointer(start: literal.utf8Start, count: literal.utf8CodeUnitCount))
    }

    /// Appends an integer in network byte order.
    @inlinable @inline(__always) package mutating func append<I: FixedWidthInteger>(bigEndian value: I) {
        reserve(MemoryLayout<I>.size).storeBytes(of: value.bigEndian, as: I.self)
        end += MemoryLayout<I>.size
    }
}

// MARK: - Taking away

extension ByteBuffer {
    /// Takes `count` bytes off the front; what is left does not move.
    @inlinable package mutating func removeFirst(_ count: Int) {
        precondition(count >= 0 && count <= self.count)
        start += count
        if start == end {
            start = 0
            end = 0
        }
    }

    /// Cuts the buffer to its first `count` bytes.
    @inlinable package mutating func truncate(to count: Int) {
        precondition(count >= 0 && count <= self.count)
        end = start + count
    }

    /// Moves the bytes from `index` on by `distance`: apart to make a gap of undefined bytes, or together over one.
    package mutating func shift(from index: Int, by distance: Int) {
        precondition(index >= 0 && index <= count && index + distance >= 0)
        guard distance != 0 else { return }
        let moved = count - index
        if distance > 0 { _ = reserve(distance) }
        let source = base.unsafelyUnwrapped + start + index
        (source + distance).copyMemory(from: source, byteCount: moved)
        end += distance
    }

    /// Empties the buffer; its memory is kept for reuse when it is at most `keepingCapacity` bytes.
    @inlinable package mutating func removeAll(keepingCapacity limit: Int = 0) {
        start = 0
        end = 0
        if capacity > limit {
            freeMemory()
            base = nil
            capacity = 0
        }
    }
}
