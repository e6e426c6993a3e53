/// An IPv4 or IPv6 address. Parsing is strict: an address has one canonical text, and no text is ambiguous.
///
/// An IPv4-mapped IPv6 address (`::ffff:192.0.2.1`) is treated as the IPv4 address. Zones (`%eth0`) are rejected,
/// because they have no meaning on other machines.
package struct IPAddress: Sendable, Hashable {
    /// The range of IPv4-mapped addresses (RFC 4291, section 2.5.5.2).
    private static let mapped: UInt128 = 0xFFFF << 32

    /// The address as an IPv6 number.
    let bits: UInt128

    package var isIPv4: Bool { bits >> 32 == Self.mapped >> 32 }

    init(bits: UInt128) {
        self.bits = bits
    }

    /// Creates an address from its bytes; nil if there are not 4 or 16 bytes.
    /// - Parameter bytes: The bytes in network order.
    package init?(bytes: some Collection<UInt8>) {
        guard bytes.count == 4 || bytes.count == 16 else { return nil }
        let number = bytes.reduce(0) { $0 << 8 | UInt128($1) }
        bits = bytes.count == 4 ? Self.mapped | number : number
    }

    /// Parses a numeric address without brackets; nil for any other text.
    package init?(_ text: some StringProtocol) {
        // The longest text has six groups and an IPv4 address.
        let bytes = Array(text.utf8.prefix(46))
        guard bytes.count <= 45 else { return nil }
        if let number = Self.ipv4(bytes[...]) {
            bits = Self.mapped | UInt128(number)
        } else if let number = Self.ipv6(bytes[...]) {
            bits = number
        } else {
            return nil
        }
    }

    /// Whether this is a loopback address.
    package var isLoopback: Bool { isIPv4 ? bits >> 24 & 0xFF == 127 : bits == 1 }
}

// MARK: - Parsing

extension IPAddress {
    /// Parses four numbers without leading zeros, which some parsers read as octal.
    private static func ipv4(_ text: ArraySlice<UInt8>) -> UInt32? {
        let parts = text.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        guard parts.count == 4 else { return nil }
        var address: UInt32 = 0
        for part in parts {
            guard let number = part.smallDecimal, number <= 255 else { return nil }
            address = address << 8 | UInt32(number)
        }
        return address
    }

    private static func ipv6(_ text: ArraySlice<UInt8>) -> UInt128? {
        let colon = UInt8(ascii: ":")
        guard let gap = text.indices.dropLast().first(where: { text[$0] == colon && text[$0 + 1] == colon }) else {
            guard let groups = groups(text, mayEndInIPv4: true), groups.count == 8 else { return nil }
            return number(groups)
        }
        let (front, back) = (text[..<gap], text[(gap + 2)...])
        guard let front = front.isEmpty ? [] : groups(front, mayEndInIPv4: false),
            let back = back.isEmpty ? [] : groups(back, mayEndInIPv4: true), front.count + back.count < 8
        else { return nil }
        return number(front + Array(repeating: 0, count: 8 - front.count - back.count) + back)
    }

    private static func groups(_ text: ArraySlice<UInt8>, mayEndInIPv4: Bool) -> [UInt16]? {
        let parts = text.split(separator: UInt8(ascii: ":"), omittingEmptySubsequences: false)
        var groups: [UInt16] = []
        for (index, part) in parts.enumerated() {
            if 1...4 ~= part.count, let group = part.hexadecimal {
                groups.append(group)
            } else if mayEndInIPv4, index == parts.count - 1, let address = ipv4(part) {
                groups += [UInt16(truncatingIfNeeded: address >> 16), UInt16(truncatingIfNeeded: address)]
            } else {
                return nil
            }
        }
        return groups
    }

    private static func number(_ groups: [UInt16]) -> UInt128 {
        groups.reduce(0) { $0 << 16 | UInt128($1) }
    }
}

extension ArraySlice<UInt8> {
    /// The value of a decimal number with at most five digits and no leading zero.
    var smallDecimal: Int? {
        guard 1...5 ~= count, allSatisfy(\.isDigit), count == 1 || first != 0x30 else { return nil }
        return reduce(0) { $0 * 10 + Int($1 - 0x30) }
    }

    /// The value of at most four hexadecimal digits.
    fileprivate var hexadecimal: UInt16? {
        var number: UInt16 = 0
        for byte in self {
            guard let digit = byte.hexadecimalDigit else { return nil }
            number = number << 4 | UInt16(digit)
        }
        return number
    }
}

// MARK: - Writing

extension IPAddress: CustomStringConvertible {
    /// The canonical text (RFC 5952): lower case, with the longest run of zeros as `::`.
    package var description: String {
        if isIPv4 {
            let numbers = (0..<4).reversed().map { UInt8(truncatingIfNeeded: bits >> ($0 * 8)) }
            return numbers.map { String($0) }.joined(separator: ".")
        }
        let groups = (0..<8).reversed().map { UInt16(truncatingIfNeeded: bits >> ($0 * 16)) }
        guard let gap = Self.longestGap(groups) else { return Self.text(groups[...]) }
        return Self.text(groups[..<gap.lowerBound]) + "::" + Self.text(groups[gap.upperBound...])
    }

    private static func text(_ groups: ArraySlice<UInt16>) -> String {
        groups.map { String($0, radix: 16) }.joined(separator: ":")
    }

    /// Returns the first of the longest runs of at least two zeros.
    private static func longestGap(_ groups: [UInt16]) -> Range<Int>? {
        var longest = 0..<1
        var start = 0
        for (index, group) in groups.enumerated() {
            guard group == 0 else {
                start = index + 1
                continue
            }
            if index + 1 - start > longest.count { longest = start..<(index + 1) }
        }
        return longest.count > 1 ? longest : nil
    }
}
