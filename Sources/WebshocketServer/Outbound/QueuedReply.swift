import Bytes

/// A response, or an element of a stream, that waits in an ``OutboundQueue``.
///
/// A class, so that moving a queue entry does not copy the bytes. Confined to the connection's loop.
package final class QueuedReply {
    package let kind: MessageKind
    private let bytes: ByteBuffer

    package init(_ kind: MessageKind, _ bytes: consuming ByteBuffer) {
        self.kind = kind
        self.bytes = bytes
    }

    /// The number of bytes of the payload.
    package var count: Int { bytes.count }

    package func withBytes<R>(_ body: (UnsafeRawBufferPointer) -> R) -> R {
        bytes.withBytes(body)
    }
}
