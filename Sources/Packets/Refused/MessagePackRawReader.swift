/// A reader of MessagePack without the limits of a parser. It accepts any depth, any number of elements, keys that are
/// not strings, and strings that are not UTF-8.
struct MessagePackRawReader: RawReader {
    private let bytes: UnsafeRawBufferPointer
    private var position = 0
    /// The number of remaining entries of each map that was entered.
    private var entries: [Int] = []

    init(_ bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

    mutating func beginMap() throws(NotWellFormed) -> Bool {
        let head = try head()
        guard case .map(let count) = head else {
            try skip(head)
            return false
        }
        entries.append(count)
        return true
    }

    mutating func nextKey() throws(NotWellFormed) -> RawText? {
        guard let left = entries.popLast(), left > 0 else { return nil }
        entries.append(left - 1)
        if case .text(let key) = try value() { return key }
        // Callers look only for string keys.
        return RawText(bytes: UnsafeRawBufferPointer(start: nil, count: 0), isEscaped: false)
    }

    mutating func value() throws(NotWellFormed) -> RawValue {
        let head = try head()
        if case .scalar(let value) = head { return value }
        try skip(head)
        return .other
    }

    mutating func finish() throws(NotWellFormed) {
        guard position == bytes.count else { throw NotWellFormed() }
    }

    /// Skips the rest of the value that a head begins.
    ///
    /// It counts the pending values of all levels together. Each takes at least one byte, so it throws if the count
    /// exceeds the number of remaining bytes.
    private mutating func skip(_ head: Head) throws(NotWellFormed) {
        var pending = try head.values(atMost: bytes.count - position)
        while pending > 0 {
            let left = bytes.count - position
            let inner = try self.head().values(atMost: left)
            pending += inner - 1
            guard pending <= left else { throw NotWellFormed() }
        }
    }
}

// MARK: - Heads

extension MessagePackRawReader {
    /// A scalar, or the beginning of a container.
    private enum Head {
        case scalar(RawValue)
        case array(Int)
        case map(Int)

        /// Returns the number of values in the container; 0 for a scalar.
        func values(atMost limit: Int) throws(NotWellFormed) -> Int {
            let values =
                switch self {
                case .scalar: 0
                case .array(let count): count
                case .map(let count): 2 * count
                }
            guard values <= limit else { throw NotWellFormed() }
            return values
        }
    }

    private mutating func head() throws(NotWellFormed) -> Head {
        let byte = UInt8(try number(bytes: 1))
        switch byte {
        case 0x00...0x7F: return .scalar(.integer(Int(byte)))
        case 0x80...0x8F: return .map(Int(byte & 0x0F))
        case 0x90...0x9F: return .array(Int(byte & 0x0F))
        case 0xA0...0xBF: return .scalar(.text(try text(Int(byte & 0x1F))))
        case 0xC0: return .scalar(.null)
        case 0xC2, 0xC3: return .scalar(.flag(byte == 0xC3))
        case 0xC4...0xC6: return .scalar(try skipBytes(try length(byte - 0xC4)))
        case 0xC7...0xC9: return .scalar(try skipBytes(try length(byte - 0xC7) + 1))
        case 0xCA: return .scalar(try skipBytes(4))
        case 0xCB: return .scalar(try skipBytes(8))
        case 0xCC...0xCF:
            return .scalar(Int(exactly: try number(bytes: 1 << Int(byte - 0xCC))).map { .integer($0) } ?? .other)
        case 0xD0...0xD3: return .scalar(.integer(try signedNumber(bytes: 1 << Int(byte - 0xD0))))
        case 0xD4...0xD8: return .scalar(try skipBytes(1 + 1 << Int(byte - 0xD4)))
        case 0xD9...0xDB: return .scalar(.text(try text(try length(byte - 0xD9))))
        case 0xDC, 0xDD: return .array(try length(byte - 0xDC + 1))
        case 0xDE, 0xDF: return .map(try length(byte - 0xDE + 1))
        case 0xE0...0xFF: return .scalar(.integer(Int(Int8(bitPattern: byte))))
        // 0xC1 is never used.
        default: throw NotWellFormed()
        }
    }

    /// Reads a length of 1, 2 or 4 bytes.
    private mutating func length(_ exponent: UInt8) throws(NotWellFormed) -> Int {
        Int(try number(bytes: 1 << Int(exponent)))
    }

    private mutating func signedNumber(bytes count: Int) throws(NotWellFormed) -> Int {
        let unused = 64 - 8 * count
        return Int(Int64(bitPattern: try number(bytes: count) << UInt64(unused)) >> Int64(unused))
    }

    private mutating func number(bytes count: Int) throws(NotWellFormed) -> UInt64 {
        guard bytes.count - position >= count else { throw NotWellFormed() }
        defer { position += count }
        return bytes[position..<position + count].reduce(0) { $0 << 8 | UInt64($1) }
    }

    private mutating func text(_ count: Int) throws(NotWellFormed) -> RawText {
        let start = position
        _ = try skipBytes(count)
        return RawText(bytes: UnsafeRawBufferPointer(rebasing: bytes[start..<position]), isEscaped: false)
    }

    private mutating func skipBytes(_ count: Int) throws(NotWellFormed) -> RawValue {
        guard bytes.count - position >= count else { throw NotWellFormed() }
        position += count
        return .other
    }
}
