/// How one type is read off the tape; chosen once, when a method is registered.
@usableFromInline
package struct WireDecoding<T: Decodable & Sendable>: Sendable {
    /// Throws ``WireDecodingError``, or what the type's own initialiser throws beside `DecodingError`.
    package let read: @Sendable (TapeCursor) throws -> T
    /// What an error text calls the type, such as "an integer".
    package let expected: String

    /// A direct path for scalars, ``Value``, dates, bytes, and optionals, arrays and maps of these; the bridge to
    /// `Decodable` for all else. Costs some hundred nanoseconds.
    @usableFromInline
    package static func resolve() -> WireDecoding {
        func direct<D: DirectWireValue>(_ type: D.Type) -> Any {
            WireDecoding<D>(read: { try D.read($0) }, expected: D.wireName)
        }
        if let type = T.self as? any DirectWireValue.Type, let decoding = direct(type) as? WireDecoding<T> {
            return decoding
        }
        let expected = "a value of the type \(T.self)"
        return WireDecoding(
            read: { cursor in
                do {
                    return try T(from: TapeDecoder(cursor: cursor, codingPath: []))
                } catch let error as DecodingError {
                    throw WireDecodingError(error, expected: expected)
                }
            }, expected: expected)
    }
}
