/// A mapping from addresses to the networks that rate limits and connection limits count.
///
/// An IPv4 address is counted by itself. An IPv6 address is counted by its /64, which usually belongs to one customer.
package enum AddressNetwork {
    /// Names the network of an address.
    /// - Parameter address: The text that the operating system gives for the address.
    package static func name(of address: String) -> String {
        guard address.utf8.contains(UInt8(ascii: ":")), !address.utf8.contains(UInt8(ascii: ".")) else {
            return address
        }
        // The zone of a link-local address is kept, because each link is a separate network.
        let parts = address.split(separator: "%", maxSplits: 1)
        guard let groups = parts.first.flatMap(groups) else { return address }
        return groups.prefix(4).joined(separator: ":") + "::/64" + (parts.count > 1 ? "%\(parts[1])" : "")
    }

    /// Splits an address into its eight groups, with `::` expanded.
    /// - Returns: Nil if the address does not have eight groups.
    private static func groups(_ address: Substring) -> [Substring]? {
        guard let gap = address.firstRange(of: "::") else {
            let groups = address.split(separator: ":")
            return groups.count == 8 ? groups : nil
        }
        let front = address[..<gap.lowerBound].split(separator: ":")
        let back = address[gap.upperBound...].split(separator: ":")
        guard front.count + back.count < 8 else { return nil }
        return front + Array(repeating: "0", count: 8 - front.count - back.count) + back
    }
}

extension String {
    /// The longest name, in bytes, that is not replaced with a hash.
    private static var longestKey: Int { 64 }

    /// The text, or a 128-bit hash of it if it is long. A peer may choose the text, and it is stored as long as its
    /// bucket.
    package var boundedForKey: String {
        guard utf8.count > Self.longestKey else { return self }
        return "#" + [0, 1].map { String(half($0), radix: 16) }.joined(separator: ".")
    }

    /// Computes one half of the hash. The seed is random for each process, so peers cannot choose names that collide.
    private func half(_ number: Int) -> UInt {
        var hasher = Hasher()
        hasher.combine(number)
        hasher.combine(ExactText(self))
        return UInt(bitPattern: hasher.finalize())
    }
}
