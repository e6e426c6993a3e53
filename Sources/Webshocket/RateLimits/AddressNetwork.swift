/// Whom an address stands for when calls or connections are counted: an IPv4 address for itself, an IPv6 address for
/// the /64 that it is in, of which one subscriber usually has all.
package enum AddressNetwork {
    /// - Parameter address: as the system writes it.
    package static func name(of address: String) -> String {
        guard address.utf8.contains(UInt8(ascii: ":")), !address.utf8.contains(UInt8(ascii: ".")) else {
            return address
        }
        // The zone of a link-local address stays: another link is another network.
        let parts = address.split(separator: "%", maxSplits: 1)
        guard let groups = parts.first.flatMap(groups) else { return address }
        return groups.prefix(4).joined(separator: ":") + "::/64" + (parts.count > 1 ? "%\(parts[1])" : "")
    }

    /// The eight groups of an address, those that `::` stands for among them.
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
    /// Bytes of a name that are kept as they are.
    private static var longestKey: Int { 64 }

    /// The text, or 128 bits of it where it is long: a name may be of a peer's choice, and stays as long as its bucket.
    package var boundedForKey: String {
        guard utf8.count > Self.longestKey else { return self }
        return "#" + [0, 1].map { String(half($0), radix: 16) }.joined(separator: ".")
    }

    /// Hashed with the process's own seed, so that nobody can choose names that meet.
    private func half(_ number: Int) -> UInt {
        var hasher = Hasher()
        hasher.combine(number)
        hasher.combine(ExactText(self))
        return UInt(bitPattern: hasher.finalize())
    }
}
