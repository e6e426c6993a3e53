struct TapeUnkeyedContainer: UnkeyedDecodingContainer {
    private var elements: TapeCursor.Elements
    /// The next element. `decodeNil` inspects it without advancing.
    private var current: TapeCursor?
    private let total: Int
    let codingPath: [any CodingKey]
    private(set) var currentIndex = 0

    init(elements: TapeCursor.Elements, count: Int, codingPath: [any CodingKey]) {
        self.elements = elements
        self.codingPath = codingPath
        total = count
        current = self.elements.next()
    }

    var count: Int? { total }
    var isAtEnd: Bool { current == nil }

    mutating func decodeNil() throws -> Bool {
        guard try decoder(for: WireValue?.self).cursor.isNull else { return false }
        advance()
        return true
    }

    mutating func decode<T: Decodable>(_ type: T.Type) throws -> T { try take(type) }
    mutating func decode(_ type: Int128.Type) throws -> Int128 { try take(type) }
    mutating func decode(_ type: UInt128.Type) throws -> UInt128 { try take(type) }

    private mutating func take<T: Decodable>(_ type: T.Type) throws -> T {
        let value = try decoder(for: type).read(type)
        advance()
        return value
    }

    mutating func nestedContainer<NestedKey: CodingKey>(
        keyedBy type: NestedKey.Type
    ) throws -> KeyedDecodingContainer<NestedKey> {
        let container = try decoder(for: [String: WireValue].self).container(keyedBy: type)
        advance()
        return container
    }

    mutating func nestedUnkeyedContainer() throws -> any UnkeyedDecodingContainer {
        let container = try decoder(for: [WireValue].self).unkeyedContainer()
        advance()
        return container
    }

    mutating func superDecoder() throws -> any Decoder {
        let decoder = try decoder(for: WireValue.self)
        advance()
        return decoder
    }

    private func decoder(for type: Any.Type) throws -> TapeDecoder {
        let path = codingPath + [WireKey(index: currentIndex)]
        guard let current else {
            throw DecodingError.valueNotFound(
                type, .init(codingPath: path, debugDescription: "the array has no more elements"))
        }
        return TapeDecoder(cursor: current, codingPath: path)
    }

    private mutating func advance() {
        current = elements.next()
        currentIndex += 1
    }
}
