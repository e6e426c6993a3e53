import Packets

/// A simple reference decoder for JSON (RFC 8259).
struct PlainJSONDecoder {
    private var rest: Slice<UnsafeRawBufferPointer>

    init(_ text: UnsafeRawBufferPointer) {
        rest = text[...]
    }

    /// Decodes the whole text as one value. Returns nil if it is invalid.
    mutating func message() -> WireValue? {
        guard String(validating: rest, as: UTF8.self) != nil, let value = value(depth: 0), rest.isEmpty else {
            return nil
        }
        return value
    }

    /// Reads a value with the whitespace around it.
    private mutating func value(depth: Int) -> WireValue? {
        skipBlanks()
        defer { skipBlanks() }
        switch rest.first {
        case UInt8(ascii: "["): return array(depth)
        case UInt8(ascii: "{"): return map(depth)
        case UInt8(ascii: "\""): return text().map(WireValue.string)
        case UInt8(ascii: "n"): return take("null") ? .null : nil
        case UInt8(ascii: "t"): return take("true") ? .bool(true) : nil
        case UInt8(ascii: "f"): return take("false") ? .bool(false) : nil
        default: return number()
        }
    }

    private mutating func array(_ depth: Int) -> WireValue? {
        guard depth < 64, take("[") else { return nil }
        skipBlanks()
        if take("]") { return [] }
        var elements: [WireValue] = []
        repeat {
            guard let element = value(depth: depth + 1) else { return nil }
            elements.append(element)
        } while take(",")
        return take("]") ? .array(elements) : nil
    }

    private mutating func map(_ depth: Int) -> WireValue? {
        guard depth < 64, take("{") else { return nil }
        skipBlanks()
        if take("}") { return [:] }
        var pairs: [String: WireValue] = [:]
        repeat {
            skipBlanks()
            guard let key = text() else { return nil }
            skipBlanks()
            guard take(":"), let value = value(depth: depth + 1) else { return nil }
            pairs[key] = value
        } while take(",")
        return take("}") ? .map(pairs) : nil
    }

    // MARK: - Numbers

    /// Reads a number. Without a fraction and an exponent, it is an integer if it fits in 64 bits.
    private mutating func number() -> WireValue? {
        let start = rest
        _ = take("-")
        if !take("0"), digits() == 0 { return nil }
        var isWhole = true
        if take(".") {
            isWhole = false
            if digits() == 0 { return nil }
        }
        if take("e") || take("E") {
            isWhole = false
            if !take("+") { _ = take("-") }
            if digits() == 0 { return nil }
        }
        let text = String(decoding: start.prefix(start.count - rest.count), as: UTF8.self)
        if isWhole, let integer = Int64(text) { return .int(integer) }
        if isWhole, let integer = UInt64(text) { return .uint(integer) }
        return Double(text).flatMap { $0.isFinite ? .double($0) : nil }
    }

    private mutating func digits() -> Int {
        let count = rest.prefix { (0x30...0x39).contains($0) }.count
        rest = rest.dropFirst(count)
        return count
    }

    // MARK: - Strings

    private mutating func text() -> String? {
        guard take("\"") else { return nil }
        var units: [UInt8] = []
        while let byte = rest.popFirst() {
            switch byte {
            case UInt8(ascii: "\""):
                let text = String(decoding: units, as: UTF8.self)
                return PlainRuns(of: text.unicodeScalars).areShort ? text : nil
            case UInt8(ascii: "\\"):
                guard let scalar = escaped() else { return nil }
                units.append(contentsOf: String(scalar).utf8)
            case 0..<0x20:
                return nil
            default:
                units.append(byte)
            }
        }
        return nil
    }

    private mutating func escaped() -> Unicode.Scalar? {
        switch rest.popFirst() {
        case UInt8(ascii: "\""): return "\""
        case UInt8(ascii: "\\"): return "\\"
        case UInt8(ascii: "/"): return "/"
        case UInt8(ascii: "b"): return "\u{8}"
        case UInt8(ascii: "f"): return "\u{c}"
        case UInt8(ascii: "n"): return "\n"
        case UInt8(ascii: "r"): return "\r"
        case UInt8(ascii: "t"): return "\t"
        case UInt8(ascii: "u"):
            guard let unit = fourDigits() else { return nil }
            guard (0xD800..<0xDC00).contains(unit) else { return Unicode.Scalar(unit) }
            guard take("\\u"), let low = fourDigits(), (0xDC00..<0xE000).contains(low) else { return nil }
            return Unicode.Scalar(0x10000 + (unit - 0xD800) << 10 + (low - 0xDC00))
        default: return nil
        }
    }

    private mutating func fourDigits() -> UInt32? {
        let text = rest.prefix(4)
        rest = rest.dropFirst(4)
        guard text.count == 4, text.allSatisfy({ Character(UnicodeScalar($0)).isHexDigit }) else { return nil }
        return UInt32(String(decoding: text, as: UTF8.self), radix: 16)
    }

    // MARK: - Bytes

    private mutating func skipBlanks() {
        rest = rest.drop { [0x20, 0x09, 0x0A, 0x0D].contains($0) }
    }

    private mutating func take(_ word: StaticString) -> Bool {
        let bytes = UnsafeRawBufferPointer(start: word.utf8Start, count: word.utf8CodeUnitCount)
        guard rest.starts(with: bytes) else { return false }
        rest = rest.dropFirst(bytes.count)
        return true
    }
}
