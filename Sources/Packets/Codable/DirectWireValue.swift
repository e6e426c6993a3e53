import Bytes

/// A type that is read and written directly, without the containers of `Codable`.
protocol DirectWireValue: Codable, Sendable {
    /// The name of the type in error messages, such as "a boolean".
    static var wireName: String { get }

    static func read(_ cursor: TapeCursor) throws(WireDecodingError) -> Self
    static func readArray(_ cursor: TapeCursor) throws(WireDecodingError) -> [Self]

    /// Whether ``checkSendable(as:)`` can throw for a codec.
    static func mayBeUnsendable(as codec: PacketCodec) -> Bool
    /// Throws the `EncodingError` that writing the value would throw, except the error for excessive nesting.
    ///
    /// This is called when a type encodes the value, because the type may catch the error and encode another value
    /// instead.
    func checkSendable(as codec: PacketCodec) throws

    /// Writes the value.
    /// - Parameter depth: The number of containers that enclose the value.
    func write(_ codec: PacketCodec, into buffer: inout ByteBuffer, depth: Int) throws
    static func writeArray(_ array: [Self], as codec: PacketCodec, into buffer: inout ByteBuffer, depth: Int) throws

    func wireValue() throws -> WireValue
    static func wireArray(_ array: [Self]) throws -> WireValue
}

extension DirectWireValue {
    static func mayBeUnsendable(as codec: PacketCodec) -> Bool { false }
    func checkSendable(as codec: PacketCodec) throws {}

    static func readArray(_ cursor: TapeCursor) throws(WireDecodingError) -> [Self] {
        guard var elements = cursor.elements else { throw cursor.mismatch("an array") }
        var array: [Self] = []
        array.reserveCapacity(cursor.count)
        while let element = elements.next() {
            do {
                array.append(try read(element))
            } catch {
                throw error.within(String(array.count))
            }
        }
        return array
    }

    static func writeArray(_ array: [Self], as codec: PacketCodec, into buffer: inout ByteBuffer, depth: Int) throws {
        try PacketCodec.checkDepth(depth)
        codec.beginArray(count: array.count, into: &buffer)
        for (index, element) in array.enumerated() {
            codec.separate(index, into: &buffer)
            try EncodingError.naming(WireKey(index: index)) {
                try element.write(codec, into: &buffer, depth: depth + 1)
            }
        }
        codec.endArray(into: &buffer)
    }

    static func wireArray(_ array: [Self]) throws -> WireValue {
        .array(try array.map { try $0.wireValue() })
    }
}

extension TapeCursor {
    func mismatch(_ expected: String) -> WireDecodingError { WireDecodingError(expected: expected, found: name) }
}

/// A key or an index on the path to a value.
struct WireKey: CodingKey {
    let stringValue: String
    let intValue: Int?

    init(index: Int) {
        stringValue = String(index)
        intValue = index
    }

    init(_ key: String) {
        stringValue = key
        intValue = Int(key)
    }

    init?(stringValue: String) { self.init(stringValue) }
    init?(intValue: Int) { self.init(index: intValue) }
}

extension EncodingError {
    static func unsendable(_ value: Any, _ reason: String, path: [any CodingKey] = []) -> EncodingError {
        .invalidValue(value, Context(codingPath: path, debugDescription: reason))
    }

    /// Runs `body`, and prepends `key` to the path of an `EncodingError` that it throws.
    @inline(__always)
    static func naming<Result>(_ key: @autoclosure () -> WireKey, _ body: () throws -> Result) throws -> Result {
        do {
            return try body()
        } catch let error as EncodingError {
            throw error.within(key())
        }
    }

    /// Returns the error with `key` prepended to its path.
    func within(_ key: any CodingKey) -> EncodingError { within([key]) }

    func within(_ path: [any CodingKey]) -> EncodingError {
        guard case .invalidValue(let value, let context) = self else { return self }
        return .invalidValue(
            value,
            Context(
                codingPath: path + context.codingPath, debugDescription: context.debugDescription,
                underlyingError: context.underlyingError))
    }
}
