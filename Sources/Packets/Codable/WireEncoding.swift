import Bytes

/// How one type is written; chosen once, when a method is registered.
@usableFromInline
package struct WireEncoding<T: Encodable & Sendable>: Sendable {
    /// Throws `EncodingError`, or what the type's own `encode` throws; the buffer may then hold a part of the value.
    package let write: @Sendable (borrowing T, Codec, inout ByteBuffer) throws -> Void

    /// A direct path for the same types as ``WireDecoding/resolve()``; the bridge to `Encodable` for all else.
    @usableFromInline
    package static func resolve() -> WireEncoding {
        func direct<D: DirectWireValue>(_ type: D.Type) -> Any {
            WireEncoding<D> { value, codec, buffer in
                try value.write(codec, into: &buffer, depth: Codec.envelopeDepth)
            }
        }
        if let type = T.self as? any DirectWireValue.Type, let encoding = direct(type) as? WireEncoding<T> {
            return encoding
        }
        return WireEncoding { value, codec, buffer in try codec.encode(copy value, into: &buffer) }
    }
}

extension Codec {
    /// Writes anything encodable, finding out each time how: for what is not registered beforehand.
    package func encode(_ value: some Encodable, into buffer: inout ByteBuffer) throws {
        if let direct = value as? any DirectWireValue {
            return try direct.write(self, into: &buffer, depth: Codec.envelopeDepth)
        }
        let node = EncodingNode()
        try node.encode(value, path: [])
        try node.write(self, into: &buffer, depth: Codec.envelopeDepth)
    }
}
