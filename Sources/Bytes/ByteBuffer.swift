/// A growable byte buffer with one owner, used for outboxes, partial messages and encoders.
///
/// A large buffer uses ``LargeMemory``, so its memory goes back to the system when it is freed. A buffer never shrinks
/// on its own; the owner frees memory with ``removeAll(keepingCapacity:)``.
@usableFromInline
package struct ByteBuffer: ~Copyable {
    @usableFromInline package private(set) var base: UnsafeMutableRawPointer?
    @usableFromInline package private(set) var capacity: Int
    /// The index of the first byte. The memory before it belonged to removed bytes, and is not reused yet.
    @usableFromInline package private(set) var start: Int
    /// The index after the last byte.
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

    /// A copy of the bytes as an array, for tests and for code outside of the hot path.
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
    /// Makes room for `count` bytes after the last byte. To add bytes that were written there, call ``advance(by:)``.
    /// - Returns: A pointer to the uninitialized memory, valid until the next mutation.
    @inlinable @inline(__always) package mutating func reserve(_ count: Int) -> UnsafeMutableRawPointer {
        if capacity - end < max(count, 1) { grow(by: count) }
        return base.unsafelyUnwrapped + end
    }

    /// Adds `count` bytes that were written into the memory from ``reserve(_:)``.
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

    /// Moves the bytes to the front of new memory with room for `capacity` bytes or more.
    ///
    /// The size is a power of two up to 4 MiB. A message that ends shortly after its largest part then needs no second
    /// move, and pools keep few different sizes.
    private mutating func move(to capacity: Int) {
        let isLarge = capacity > LargeMemory.threshold / 2
        let capacity = isLarge ? LargeMemory.size(for: capacity) : LargeMemory.powerOfTwo(atLeast: capacity)
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

// MARK: - Removing

extension ByteBuffer {
    /// Removes `count` bytes from the front. The remaining bytes do not move.
    /// - Complexity: O(1).
    @inlinable package mutating func removeFirst(_ count: Int) {
        precondition(count >= 0 && count <= self.count)
        start += count
        if start == end {
            start = 0
            end = 0
        }
    }

    /// Removes all but the first `count` bytes.
    @inlinable package mutating func truncate(to count: Int) {
        precondition(count >= 0 && count <= self.count)
        end = start + count
    }

    /// Moves the bytes at `index` and after it by `distance`.
    ///
    /// A positive distance makes a gap of undefined bytes before them. A negative distance removes the bytes before
    /// them.
    package mutating func shift(from index: Int, by distance: Int) {
        precondition(index >= 0 && index <= count && index + distance >= 0)
        guard distance != 0 else { return }
        let moved = count - index
        if distance > 0 { _ = reserve(distance) }
        let source = base.unsafelyUnwrapped + start + index
        (source + distance).copyMemory(from: source, byteCount: moved)
        end += distance
    }

    /// Removes all bytes. The memory is kept for reuse if it is at most `limit` bytes; otherwise it is freed.
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
