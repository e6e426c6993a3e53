struct TapeKeyedContainer<Key: CodingKey>: KeyedDecodingContainerProtocol {
    let codingPath: [any CodingKey]
    private let map: TapeCursor
    /// The largest number of pairs that is searched linearly. A larger map gets an index, because a linear search for
    /// each of its keys would take quadratic time.
    private static var walkable: Int { 16 }
    private let index: [ExactText: TapeCursor]?

    init?(cursor: TapeCursor, codingPath: [any CodingKey]) {
        guard let entries = cursor.entries else { return nil }
        map = cursor
        self.codingPath = codingPath
        if cursor.count > Self.walkable {
            var index = [ExactText: TapeCursor](minimumCapacity: cursor.count)
            for (key, value) in entries { index[ExactText(String(decoding: key.payload, as: UTF8.self))] = value }
            self.index = index
        } else {
            index = nil
        }
    }

    /// The keys in message order, without duplicates.
    var allKeys: [Key] {
        var seen: Set<ExactText> = []
        return map.entries?.compactMap { key, _ in
            let name = String(decoding: key.payload, as: UTF8.self)
            return seen.insert(ExactText(name)).inserted ? Key(stringValue: name) : nil
        } ?? []
    }

    func contains(_ key: Key) -> Bool { find(key) != nil }

    func decodeNil(forKey key: Key) throws -> Bool { try decoder(at: key).cursor.isNull }

    func decode<T: Decodable>(_ type: T.Type, forKey key: Key) throws -> T { try decoder(at: key).read(type) }
    func decode(_ type: Int128.Type, forKey key: Key) throws -> Int128 { try decoder(at: key).read(type) }
    func decode(_ type: UInt128.Type, forKey key: Key) throws -> UInt128 { try decoder(at: key).read(type) }

    func nestedContainer<NestedKey: CodingKey>(
        keyedBy type: NestedKey.Type, forKey key: Key
    ) throws -> KeyedDecodingContainer<NestedKey> {
        try decoder(at: key).container(keyedBy: type)
    }

    func nestedUnkeyedContainer(forKey key: Key) throws -> any UnkeyedDecodingContainer {
        try decoder(at: key).unkeyedContainer()
    }

    func superDecoder() throws -> any Decoder { superDecoder(at: WireKey("super")) }
    func superDecoder(forKey key: Key) throws -> any Decoder { superDecoder(at: key) }

    /// Returns a decoder of null if the key is missing. A superclass that decodes nothing then works, as with
    /// `JSONDecoder`.
    private func superDecoder(at key: some CodingKey) -> TapeDecoder {
        TapeDecoder(cursor: find(key) ?? .null, codingPath: codingPath + [key])
    }

    private func find(_ key: some CodingKey) -> TapeCursor? {
        if let index { index[ExactText(key.stringValue)] } else { map.value(forKey: key.stringValue) }
    }

    private func decoder(at key: some CodingKey) throws -> TapeDecoder {
        guard let value = find(key) else {
            throw DecodingError.keyNotFound(
                key, .init(codingPath: codingPath, debugDescription: "no value for the key '\(key.stringValue)'"))
        }
        return TapeDecoder(cursor: value, codingPath: codingPath + [key])
    }
}
