/// Where a message begins in the buffer that it is written into. Good for one `end` or `cancel`, while nothing is taken
/// off the front of the buffer.
@usableFromInline
package struct MessageMark: Sendable {
    @usableFromInline let offset: Int
    @usableFromInline let kind: MessageKind
    /// Bytes that were left free for the header.
    @usableFromInline let gap: Int

    @inlinable init(offset: Int, kind: MessageKind, gap: Int) {
        self.offset = offset
        self.kind = kind
        self.gap = gap
    }
}
