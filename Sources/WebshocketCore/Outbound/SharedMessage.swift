import Bytes

/// A message for many connections, encoded and framed once, and shared by all queues that contain it.
package final class SharedMessage: Sendable {
    /// The maximum payload of one frame. Longer messages are split when they are sent.
    private static let longestFrame = 65_536

    package let kind: MessageKind
    /// The uncompressed frame as a server sends it. For a message that must be split, only the payload.
    private let bytes: [UInt8]
    private let headerSize: Int

    /// Encodes a message.
    /// - Parameter encode: Appends the payload.
    package convenience init<E: Error>(_ kind: MessageKind, _ encode: (inout ByteBuffer) throws(E) -> Void) throws(E) {
        try self.init { (buffer) throws(E) in
            try encode(&buffer)
            return kind
        }
    }

    /// Encodes a message.
    /// - Parameter encode: Appends the payload, and returns the kind of the message.
    package init<E: Error>(_ encode: (inout ByteBuffer) throws(E) -> MessageKind) throws(E) {
        var buffer = ByteBuffer()
        let kind = try encode(&buffer)
        self.kind = kind
        let length = buffer.count
        guard length <= Self.longestFrame else {
            bytes = buffer.array
            headerSize = 0
            return
        }
        var frame = ByteBuffer()
        var writer = MessageWriter(role: .server, fragmentSize: Self.longestFrame)
        buffer.withBytes { writer.write(kind, $0, into: &frame) }
        bytes = frame.array
        headerSize = frame.count - length
    }

    /// The number of bytes of the payload.
    package var count: Int { bytes.count - headerSize }

    package func withPayload<R>(_ body: (UnsafeRawBufferPointer) throws -> R) rethrows -> R {
        try bytes.withUnsafeBytes { try body(UnsafeRawBufferPointer(rebasing: $0[headerSize...])) }
    }

    /// Appends the uncompressed frame of the message.
    /// - Returns: Whether it was appended; false for a message that must be split.
    @inline(__always)
    package func writeFrame(into buffer: inout ByteBuffer) -> Bool {
        guard headerSize > 0 else { return false }
        bytes.withUnsafeBytes { buffer.append(contentsOf: $0) }
        return true
    }
}
