/// A reader of JSON (RFC 8259) without the limits of a parser. It accepts any depth, any number of elements, any
/// number, lone surrogates, and strings that are not UTF-8.
struct JSONRawReader: RawReader {
    private let bytes: UnsafeRawBufferPointer
    private var position = 0
    /// Whether no entry of the innermost map has been read yet.
    private var isFirstEntry = false
    /// Whether a string that was read has an unpaired surrogate.
    private(set) var hasLoneSurrogate = false

    init(_ bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

    mutating func beginMap() throws(NotWellFormed) -> Bool {
        guard skip(UInt8(ascii: "{")) else {
            _ = try value()
            return false
        }
        isFirstEntry = true
        return true
    }

    mutating func nextKey() throws(NotWellFormed) -> RawText? {
        defer { isFirstEntry = false }
        if skip(UInt8(ascii: "}")) { return nil }
        if !isFirstEntry { try expect(UInt8(ascii: ",")) }
        return try key()
    }

    mutating func value() throws(NotWellFormed) -> RawValue {
        skipWhitespace()
        switch peek {
        case UInt8(ascii: "{"), UInt8(ascii: "["):
            try skipContainer()
            return .other
        default: return try scalar()
        }
    }

    mutating func finish() throws(NotWellFormed) {
        skipWhitespace()
        guard position == bytes.count else { throw NotWellFormed() }
    }
}

// MARK: - Containers

extension JSONRawReader {
    private mutating func skipContainer() throws(NotWellFormed) {
        // A bit is true for a map and false for an array.
        var open = BitStack()
        repeat {
            if skip(UInt8(ascii: "[")) {
                open.push(false)
                guard skip(UInt8(ascii: "]")) else { continue }
                open.removeLast()
            } else if skip(UInt8(ascii: "{")) {
                open.push(true)
                guard skip(UInt8(ascii: "}")) else {
                    _ = try key()
                    continue
                }
                open.removeLast()
            } else {
                _ = try scalar()
            }
            try skipToNextValue(&open)
        } while open.last != nil
    }

    /// Closes the containers that end after a value, and moves to the next value.
    private mutating func skipToNextValue(_ open: inout BitStack) throws(NotWellFormed) {
        while let isMap = open.last {
            guard skip(isMap ? UInt8(ascii: "}") : UInt8(ascii: "]")) else {
                try expect(UInt8(ascii: ","))
                if isMap { _ = try key() }
                return
            }
            open.removeLast()
        }
    }

    private mutating func key() throws(NotWellFormed) -> RawText {
        skipWhitespace()
        let key = try string()
        try expect(UInt8(ascii: ":"))
        return key
    }
}

// MARK: - Scalars

extension JSONRawReader {
    private mutating func scalar() throws(NotWellFormed) -> RawValue {
        skipWhitespace()
        switch peek {
        case UInt8(ascii: "\""): return .text(try string())
        case UInt8(ascii: "n"): return try literal("null", .null)
        case UInt8(ascii: "t"): return try literal("true", .flag(true))
        case UInt8(ascii: "f"): return try literal("false", .flag(false))
        default: return try number()
        }
    }

    private mutating func literal(_ text: StaticString, _ value: RawValue) throws(NotWellFormed) -> RawValue {
        let expected = UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount)
        guard bytes[position...].starts(with: expected) else { throw NotWellFormed() }
        position += expected.count
        return value
    }

    private mutating func string() throws(NotWellFormed) -> RawText {
        guard peek == UInt8(ascii: "\"") else { throw NotWellFormed() }
        position += 1
        let start = position
        var isEscaped = false
        while let byte = peek {
            switch byte {
            case UInt8(ascii: "\""):
                let text = UnsafeRawBufferPointer(rebasing: bytes[start..<position])
                position += 1
                return RawText(bytes: text, isEscaped: isEscaped)
            case UInt8(ascii: "\\"):
                guard let escape = JSONEscape(bytes, at: position) else { throw NotWellFormed() }
                if escape.scalar == nil { hasLoneSurrogate = true }
                isEscaped = true
                position += escape.length
            case ..<0x20: throw NotWellFormed()
            default: position += 1
            }
        }
        throw NotWellFormed()
    }

    private mutating func number() throws(NotWellFormed) -> RawValue {
        let start = position
        _ = take(UInt8(ascii: "-"))
        if !take(UInt8(ascii: "0")) { try digits() }
        let end = position
        if take(UInt8(ascii: ".")) { try digits() }
        if take(UInt8(ascii: "e")) || take(UInt8(ascii: "E")) {
            _ = take(UInt8(ascii: "+")) || take(UInt8(ascii: "-"))
            try digits()
        }
        // An `Int` has at most 20 characters, so a longer number is not converted.
        guard end == position, end - start <= 20 else { return .other }
        return Int(String(decoding: bytes[start..<end], as: UTF8.self)).map { .integer($0) } ?? .other
    }

    private mutating func digits() throws(NotWellFormed) {
        let start = position
        while let byte = peek, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) { position += 1 }
        guard position > start else { throw NotWellFormed() }
    }
}

// MARK: - Bytes

extension JSONRawReader {
    private var peek: UInt8? { position < bytes.count ? bytes[position] : nil }

    private mutating func skipWhitespace() {
        while let byte = peek, byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 { position += 1 }
    }

    /// Consumes a byte if it is the next one.
    private mutating func take(_ byte: UInt8) -> Bool {
        guard peek == byte else { return false }
        position += 1
        return true
    }

    /// Consumes a byte if it is the next one after white space.
    private mutating func skip(_ byte: UInt8) -> Bool {
        skipWhitespace()
        return take(byte)
    }

    private mutating func expect(_ byte: UInt8) throws(NotWellFormed) {
        guard skip(byte) else { throw NotWellFormed() }
    }
}
