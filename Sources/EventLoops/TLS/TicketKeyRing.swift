/// The keys that encrypt a server's session tickets (RFC 8446, 4.6.1; RFC 5077).
///
/// An attacker that learns a key can decrypt the TLS 1.2 connections whose tickets it encrypts. So each key encrypts
/// new tickets for ``lifetime``, then only decrypts tickets for the same time, and is discarded.
package struct TicketKeyRing: Sendable {
    package struct Key: Sendable, Equatable {
        static let nameSize = 16
        static let keySize = 32

        /// The identifier of the key, with which each of its tickets begins.
        package let name: [UInt8]
        let cipher: [UInt8]
        let mac: [UInt8]
        fileprivate let made: ContinuousClock.Instant

        fileprivate init(madeAt now: ContinuousClock.Instant) {
            name = Self.random(Self.nameSize)
            cipher = Self.random(Self.keySize)
            mac = Self.random(Self.keySize)
            made = now
        }

        /// Returns bytes from the system's random number generator, which is cryptographically secure.
        private static func random(_ count: Int) -> [UInt8] {
            var generator = SystemRandomNumberGenerator()
            return (0..<count).map { _ in .random(in: 0...255, using: &generator) }
        }
    }

    /// The time for which a key encrypts new tickets.
    package static let lifetime = Duration.seconds(4 * 3_600)

    /// The keys, oldest first; at most two.
    private var keys: [Key] = []

    package init() {}

    /// Returns the key for a new ticket.
    package mutating func sealing(at now: ContinuousClock.Instant) -> Key {
        if let newest = keys.last, now - newest.made < Self.lifetime { return newest }
        let key = Key(madeAt: now)
        keys = keys.suffix(1) + [key]
        return key
    }

    /// Returns the key of a received ticket; nil if the key is unknown or was discarded.
    package func opening(_ name: some Sequence<UInt8>, at now: ContinuousClock.Instant) -> Key? {
        keys.first { $0.name.elementsEqual(name) && now - $0.made < Self.lifetime * 2 }
    }
}
