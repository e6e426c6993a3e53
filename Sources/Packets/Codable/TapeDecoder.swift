/// A `Decoder` for a parsed message. Its containers are cursors, so it builds no tree.
package struct TapeDecoder: Decoder {
    let cursor: TapeCursor
    package let codingPath: [any CodingKey]
    package var userInfo: [CodingUserInfoKey: Any] { [:] }

    package init(cursor: TapeCursor, codingPath: [any CodingKey]) {
        self.cursor = cursor
        self.codingPath = codingPath
    }

    package func container<Key: CodingKey>(keyedBy type: Key.Type) throws -> KeyedDecodingContainer<Key> {
        guard let container = TapeKeyedContainer<Key>(cursor: cursor, codingPath: codingPath) else {
            throw mismatch(cursor.mismatch("a map"), [String: WireValue].self)
        }
        return KeyedDecodingContainer(container)
    }

    package func unkeyedContainer() throws -> any UnkeyedDecodingContainer {
        guard let elements = cursor.elements else {
            throw mismatch(cursor.mismatch("an array"), [WireValue].self)
        }
        return TapeUnkeyedContainer(elements: elements, count: cursor.count, codingPath: codingPath)
    }

    package func singleValueContainer() -> any SingleValueDecodingContainer { self }

    /// Reads a value, directly if the type supports it. This gives `[UInt8]`, `Data`, `Date` and `Timestamp` their wire
    /// forms.
    func read<T: Decodable>(_ type: T.Type) throws -> T {
        guard let direct = type as? any DirectWireValue.Type else { return try T(from: self) }
        do throws(WireDecodingError) {
            // The metatypes are equal, so the cast cannot fail.
            if let value = try direct.read(cursor) as? T { return value }
            throw cursor.mismatch(direct.wireName)
        } catch {
            throw mismatch(error, type)
        }
    }
}

extension TapeDecoder: SingleValueDecodingContainer {
    package func decodeNil() -> Bool { cursor.isNull }
    package func decode<T: Decodable>(_ type: T.Type) throws -> T { try read(type) }
    package func decode(_ type: Int128.Type) throws -> Int128 { try read(type) }
    package func decode(_ type: UInt128.Type) throws -> UInt128 { try read(type) }
}

extension TapeDecoder {
    /// Converts the error to `valueNotFound` if the value is null, and to `typeMismatch` otherwise.
    private func mismatch(_ error: WireDecodingError, _ type: Any.Type) -> DecodingError {
        let cause = WireDecodingError(expected: error.expected, found: error.found)
        let context = DecodingError.Context(
            codingPath: codingPath + error.path.map(WireKey.init), debugDescription: cause.description,
            underlyingError: cause)
        return cursor.isNull ? .valueNotFound(type, context) : .typeMismatch(type, context)
    }
}
