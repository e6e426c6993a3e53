/// The elements of a glob as bytes, which a matcher goes through: a literal scalar is its UTF-8, and a wildcard one
/// byte that no UTF-8 has. So what a pattern begins and ends with is there as a name would have it.
struct GlobCode: Sendable {
    static let many: UInt8 = 0xFF
    static let any: UInt8 = 0xFE
    /// The next one of the pattern's sets.
    static let set: UInt8 = 0xFD

    private(set) var bytes: [UInt8] = []

    init(_ elements: [GlobPattern.Element]) {
        for element in elements {
            switch element {
            case .literal(let scalar): bytes += Array(String(scalar).utf8)
            case .any: bytes.append(Self.any)
            case .many: bytes.append(Self.many)
            case .set: bytes.append(Self.set)
            }
        }
    }

    /// The scalar that begins at `index`; moves the index to its last byte.
    @inline(__always)
    static func scalar(in code: UnsafeBufferPointer<UInt8>, at index: inout Int) -> UInt32 {
        let lead = code[index]
        guard lead >= 0x80 else { return UInt32(lead) }
        let length = lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4
        var value = UInt32(lead) & (0x7F >> UInt32(length))
        for _ in 1..<length {
            index += 1
            value = value << 6 | UInt32(code[index] & 0x3F)
        }
        return value
    }
}
