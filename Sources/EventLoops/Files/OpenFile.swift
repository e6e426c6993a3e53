import CUV

/// A regular file that is open for reading, until nobody holds it any more.
package final class OpenFile: Sendable {
    private let descriptor: Int32
    /// Bytes, when it was opened.
    package let size: Int
    /// When it was modified, in nanoseconds since 1970.
    package let modified: Int64

    /// Takes a descriptor over.
    init(_ descriptor: Int32, size: Int, modified: Int64) {
        self.descriptor = descriptor
        self.size = size
        self.modified = modified
    }

    deinit { cuv_close(descriptor) }

    /// Reads the bytes from `offset` on; blocks.
    /// - Returns: `count` bytes; fewer where the file ends before, and none where it cannot be read.
    package func read(at offset: Int, count: Int) -> [UInt8] {
        [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
            while filled < count, let start = buffer.baseAddress {
                let length = cuv_read_at(descriptor, start + filled, count - filled, Int64(offset + filled))
                guard length > 0 else { return }
                filled += length
            }
        }
    }
}
