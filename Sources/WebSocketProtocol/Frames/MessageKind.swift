/// The kind of a message: text, which is valid UTF-8, or bytes.
@usableFromInline
package enum MessageKind: Sendable {
    case text, binary

    @inlinable var opcode: UInt8 {
        switch self {
        case .text: 1
        case .binary: 2
        }
    }
}
