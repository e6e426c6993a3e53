/// The elements of a glob as bytes. A literal scalar is its UTF-8, and a wildcard is one byte that does not occur in
/// UTF-8. Therefore a literal prefix or suffix can be compared with the bytes of a name.
struct GlobCode: Sendable {
    static let many: UInt8 = 0xFF
    static let any: UInt8 = 0xFE
    /// Matches one scalar of the pattern's next set.
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

    /// Decodes the scalar that begins at `index`, and moves the index to the scalar's last byte.
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
