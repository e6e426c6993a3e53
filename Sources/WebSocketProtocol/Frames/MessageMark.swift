/// The position at which a message begins in its buffer. It is valid for one `end` or `cancel`, and only while no bytes
/// are removed from the front of the buffer.
@usableFromInline
package struct MessageMark: Sendable {
    @usableFromInline let offset: Int
    @usableFromInline let kind: MessageKind
    /// The number of bytes reserved for the header.
    @usableFromInline let gap: Int

    @inlinable init(offset: Int, kind: MessageKind, gap: Int) {
        self.offset = offset
        self.kind = kind
        self.gap = gap
    }
}
