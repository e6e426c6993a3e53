/// The function that reads a type from the tape. It is chosen once, when a method is registered.
@usableFromInline
package struct WireDecoding<T: Decodable & Sendable>: Sendable {
    /// Reads a value. Throws ``WireDecodingError``, or any error of the type's own initialiser that is not a
    /// `DecodingError`.
    package let read: @Sendable (TapeCursor) throws -> T
    /// The name of the type in error messages, such as "an integer".
    package let expected: String

    /// Chooses how to read the type. Scalars, ``WireValue``, dates, bytes, and optionals, arrays and maps of these are
    /// read directly. Any other type is read through `Decodable`.
    ///
    /// Takes a few hundred nanoseconds.
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
