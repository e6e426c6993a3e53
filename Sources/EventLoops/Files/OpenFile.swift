import CUV

/// A regular file that is open for reading, until nobody holds it any more.
package final class OpenFile: Sendable {
    private let descriptor: Int32
    /// Bytes, when it was opened.
    package let size: Int
    /// What changes with its content, as far as the system tells: which file it is, its size, and when it was changed.
    package let state: String

    /// Takes a descriptor over.
    init(_ descriptor: Int32, _ content: cuv_content) {
        self.descriptor = descriptor
        size = Int(content.size)
        let numbers = [content.size, content.modified, content.changed].map { UInt64(bitPattern: $0) }
        state = ([content.inode] + numbers).map { String($0, radix: 16) }.joined(separator: "-")
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
