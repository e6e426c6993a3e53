import Packets

/// A simple reference decoder for MessagePack.
struct PlainMessagePackDecoder {
    private var rest: Slice<UnsafeRawBufferPointer>

    init(_ message: UnsafeRawBufferPointer) {
        rest = message[...]
    }

    /// Decodes the whole message as one value. Returns nil if it is invalid.
    mutating func message() -> WireValue? {
        guard let value = value(depth: 0), rest.isEmpty else { return nil }
        return value
    }

    private mutating func value(depth: Int) -> WireValue? {
        guard let first = rest.popFirst() else { return nil }
        switch first {
        case 0x00...0x7f: return .int(Int64(first))
        case 0x80...0x8f: return map(Int(first & 0x0f), depth)
        case 0x90...0x9f: return array(Int(first & 0x0f), depth)
        case 0xa0...0xbf: return text(Int(first & 0x1f))
        case 0xc0: return .null
        case 0xc2, 0xc3: return .bool(first == 0xc3)
        case 0xc4...0xc6: return number(1 << (first - 0xc4)).flatMap { bytes(Int($0)).map(WireValue.bytes) }
        case 0xc7...0xc9: return number(1 << (first - 0xc7)).flatMap { ext(Int($0)) }
        case 0xca: return number(4).map { .double(Double(Float(bitPattern: UInt32($0)))) }
        case 0xcb: return number(8).map { .double(Double(bitPattern: $0)) }
        case 0xcc...0xcf: return number(1 << (first - 0xcc)).flatMap { WireValue(exactly: $0) }
        case 0xd0...0xd3: return signed(1 << (first - 0xd0)).map(WireValue.int)
        case 0xd4...0xd8: return ext(1 << (first - 0xd4))
        case 0xd9...0xdb: return number(1 << (first - 0xd9)).flatMap { text(Int($0)) }
        case 0xdc, 0xdd: return number(first == 0xdc ? 2 : 4).flatMap { array(Int($0), depth) }
        case 0xde, 0xdf: return number(first == 0xde ? 2 : 4).flatMap { map(Int($0), depth) }
        case 0xe0...0xff: return .int(Int64(Int8(bitPattern: first)))
        default: return nil
        }
    }

    private mutating func array(_ count: Int, _ depth: Int) -> WireValue? {
        guard depth < 64 else { return nil }
        var elements: [WireValue] = []
        for _ in 0..<count {
            guard let element = value(depth: depth + 1) else { return nil }
            elements.append(element)
        }
        return .array(elements)
    }

    private mutating func map(_ count: Int, _ depth: Int) -> WireValue? {
        guard depth < 64 else { return nil }
        var pairs: [String: WireValue] = [:]
        for _ in 0..<count {
            guard let key = value(depth: depth + 1), let value = value(depth: depth + 1) else { return nil }
            switch key {
            case .string(let name): pairs[name] = value
            case .int(let number): pairs[String(number)] = value
            case .uint(let number): pairs[String(number)] = value
            case .null, .bool, .double, .bytes, .timestamp, .ext, .array, .map: return nil
            }
        }
        return .map(pairs)
    }

    private mutating func text(_ count: Int) -> WireValue? {
        guard let text = bytes(count).flatMap({ String(validating: $0, as: UTF8.self) }),
            PlainRuns(of: text.unicodeScalars).areShort
        else { return nil }
        return .string(text)
    }

    /// Reads an extension. It is a timestamp if it has the type -1, a length of 4, 8 or 12 bytes, and less than 10^9
    /// nanoseconds.
    private mutating func ext(_ count: Int) -> WireValue? {
        guard let type = number(1), let content = bytes(count) else { return nil }
        let plain = WireValue.ext(type: Int8(truncatingIfNeeded: type), bytes: content)
        guard type == 0xff, [4, 8, 12].contains(count) else { return plain }
        func part(_ range: Range<Int>) -> UInt64 { content[range].reduce(0) { $0 << 8 | UInt64($1) } }
        let (nanoseconds, seconds): (UInt64, UInt64) =
            switch count {
            case 4: (0, part(0..<4))
            case 8: (part(0..<8) >> 34, part(0..<8) & 0x3_ffff_ffff)
            default: (part(0..<4), part(4..<12))
            }
        guard nanoseconds < 1_000_000_000 else { return plain }
        return .timestamp(Timestamp(seconds: Int64(bitPattern: seconds), nanoseconds: UInt32(nanoseconds)))
    }

    // MARK: - Bytes

    private mutating func bytes(_ count: Int) -> [UInt8]? {
        guard count <= rest.count else { return nil }
        defer { rest = rest.dropFirst(count) }
        return Array(rest.prefix(count))
    }

    private mutating func number(_ width: Int) -> UInt64? {
        bytes(width).map { $0.reduce(0) { $0 << 8 | UInt64($1) } }
    }

    private mutating func signed(_ width: Int) -> Int64? {
        number(width).map { Int64(bitPattern: $0 << (64 - 8 * UInt64(width))) >> (64 - 8 * Int64(width)) }
    }
}
