import CUV

/// A regular file that is open for reading. It is closed when the object is released.
package final class OpenFile: Sendable {
    private let descriptor: Int32
    /// The size in bytes at the time of opening.
    package let size: Int
    /// A string that changes when the content changes, made of the inode, the size and the times of change.
    package let state: String

    /// Takes ownership of a descriptor.
    init(_ descriptor: Int32, _ content: cuv_content) {
        self.descriptor = descriptor
        size = Int(content.size)
        let numbers = [content.size, content.modified, content.changed].map { UInt64(bitPattern: $0) }
        state = ([content.inode] + numbers).map { String($0, radix: 16) }.joined(separator: "-")
    }

    deinit { cuv_close(descriptor) }

    /// Reads bytes from the file. Blocks.
    /// - Parameters:
    ///   - offset: The position of the first byte.
    ///   - count: The number of bytes to read.
    /// - Returns: The bytes; fewer than `count` if the file ends before or an error occurs.
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
