/// A block of addresses in the notation of RFC 4632: `10.0.0.0/8`, `2001:db8::/32`, or a single address.
package struct IPNetwork: Sendable, Hashable {
    private let base: IPAddress
    private let mask: UInt128

    /// Parses a block; nil if the text is not a block. Bits after the prefix are ignored.
    package init?(_ text: some StringProtocol) {
        let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        guard let address = parts.first.flatMap({ IPAddress($0) }) else { return nil }
        let width = address.isIPv4 && !parts[0].contains(":") ? 32 : 128
        var length = width
        if parts.count > 1 {
            guard let number = Array(parts[1].utf8.prefix(4))[...].smallDecimal, number <= width else { return nil }
            length = number
        }
        mask = ~(UInt128.max >> (128 - width + length))
        base = IPAddress(bits: address.bits & mask)
    }

    /// Whether the block contains an address. An IPv6 block excludes IPv4-mapped addresses, unless it has only such
    /// addresses.
    package func contains(_ address: IPAddress) -> Bool {
        address.bits & mask == base.bits && address.isIPv4 == base.isIPv4
    }
}
