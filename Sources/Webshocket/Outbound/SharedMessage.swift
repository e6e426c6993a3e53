import Bytes

/// One message for many connections: encoded and framed once, and shared by all queues that it waits in.
package final class SharedMessage: Sendable {
    /// Longer ones are split when they are sent.
    private static let longestFrame = 65_536

    package let kind: MessageKind
    /// The frame as a server sends it uncompressed; of a message longer than a frame, the payload alone.
    private let bytes: [UInt8]
    private let headerSize: Int

    /// - Parameter encode: appends the payload.
    package convenience init<E: Error>(_ kind: MessageKind, _ encode: (inout ByteBuffer) throws(E) -> Void) throws(E) {
        try self.init { (buffer) throws(E) in
            try encode(&buffer)
            return kind
        }
    }

    /// - Parameter encode: appends the payload, and tells what kind of message it is.
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

    /// How many bytes the payload has.
    package var count: Int { bytes.count - headerSize }

    package func withPayload<R>(_ body: (UnsafeRawBufferPointer) throws -> R) rethrows -> R {
        try bytes.withUnsafeBytes { try body(UnsafeRawBufferPointer(rebasing: $0[headerSize...])) }
    }

    /// Appends the whole message as it stands on the wire uncompressed.
    /// - Returns: whether it could; not one that has to be split.
    @inline(__always)
    func writeFrame(into buffer: inout ByteBuffer) -> Bool {
        guard headerSize > 0 else { return false }
        bytes.withUnsafeBytes { buffer.append(contentsOf: $0) }
        return true
    }
}
