import Bytes

/// How one type is written; chosen once, when a method is registered.
@usableFromInline
package struct WireEncoding<T: Encodable & Sendable>: Sendable {
    /// Throws `EncodingError`, or what the type's own `encode` throws; the buffer may then hold a part of the value.
    package let write: @Sendable (borrowing T, Codec, inout ByteBuffer) throws -> Void
    /// Whether writing runs no code but this room's: no `encode(to:)` of a user's type.
    package let isDirect: Bool

    /// A direct path for the same types as ``WireDecoding/resolve()``; the bridge to `Encodable` for all else.
    @usableFromInline
    package static func resolve() -> WireEncoding {
        func direct<D: DirectWireValue>(_ type: D.Type) -> Any {
            WireEncoding<D>(
                write: { value, codec, buffer in
                    try value.write(codec, into: &buffer, depth: Codec.envelopeDepth)
                }, isDirect: true)
        }
        if let type = T.self as? any DirectWireValue.Type, let encoding = direct(type) as? WireEncoding<T> {
            return encoding
        }
        return WireEncoding(
            write: { value, codec, buffer in try codec.encode(copy value, into: &buffer) }, isDirect: false)
    }
}

extension Codec {
    /// Writes anything encodable, finding out each time how: for what is not registered beforehand.
    ///
    /// - Parameter depth: How many containers there are around the value.
    package func encode(
        _ value: some Encodable, into buffer: inout ByteBuffer, depth: Int = Codec.envelopeDepth
    ) throws {
        if let direct = value as? any DirectWireValue {
            return try direct.write(self, into: &buffer, depth: depth)
        }
        let node = EncodingNode(for: self)
        try node.encode(value, path: [])
        try node.write(into: &buffer, depth: depth)
    }
}
