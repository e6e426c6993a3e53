import Bytes

/// The function that writes a type. It is chosen once, when a method is registered.
@usableFromInline
package struct WireEncoding<T: Encodable & Sendable>: Sendable {
    /// Writes a value. Throws `EncodingError`, or any error of the type's own `encode`. The buffer may then contain a
    /// part of the value.
    package let write: @Sendable (borrowing T, PacketCodec, inout ByteBuffer) throws -> Void
    /// Whether writing runs only code of this module, and never the `encode(to:)` of a user's type.
    package let isDirect: Bool

    /// Chooses how to write the type: directly if ``WireDecoding/resolve()`` reads it directly, and through `Encodable`
    /// otherwise.
    @usableFromInline
    package static func resolve() -> WireEncoding {
        func direct<D: DirectWireValue>(_ type: D.Type) -> Any {
            WireEncoding<D>(
                write: { value, codec, buffer in
                    try value.write(codec, into: &buffer, depth: PacketCodec.envelopeDepth)
                }, isDirect: true)
        }
        if let type = T.self as? any DirectWireValue.Type, let encoding = direct(type) as? WireEncoding<T> {
            return encoding
        }
        return WireEncoding(
            write: { value, codec, buffer in try codec.encode(copy value, into: &buffer) }, isDirect: false)
    }
}

extension PacketCodec {
    /// Writes a value whose type was not registered. How to write it is determined at each call.
    ///
    /// - Parameter depth: The number of containers that enclose the value.
    package func encode(
        _ value: some Encodable, into buffer: inout ByteBuffer, depth: Int = PacketCodec.envelopeDepth
    ) throws {
        if let direct = value as? any DirectWireValue {
            return try direct.write(self, into: &buffer, depth: depth)
        }
        let node = EncodingNode(for: self)
        try node.encode(value, path: [])
        try node.write(into: &buffer, depth: depth)
    }
}
