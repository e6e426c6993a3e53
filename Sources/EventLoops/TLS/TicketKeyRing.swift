/// The keys of the tickets in which a server's clients keep its sessions (RFC 8446, 4.6.1; RFC 5077).
///
/// Whoever learns one can read what was said in TLS 1.2 under a ticket of it, so each is used for some hours only, then
/// opens what it has sealed for as long again, and is forgotten.
package struct TicketKeyRing: Sendable {
    package struct Key: Sendable, Equatable {
        static let nameSize = 16
        static let keySize = 32

        /// What a ticket begins with.
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

        /// Of the system's generator, which is meant for keys.
        private static func random(_ count: Int) -> [UInt8] {
            var generator = SystemRandomNumberGenerator()
            return (0..<count).map { _ in .random(in: 0...255, using: &generator) }
        }
    }

    /// How long a key seals.
    package static let lifetime = Duration.seconds(4 * 3_600)

    /// The newest last; two at most.
    private var keys: [Key] = []

    package init() {}

    /// The key for a new ticket.
    package mutating func sealing(at now: ContinuousClock.Instant) -> Key {
        if let newest = keys.last, now - newest.made < Self.lifetime { return newest }
        let key = Key(madeAt: now)
        keys = keys.suffix(1) + [key]
        return key
    }

    /// The key of a ticket that has come back; nil where it is forgotten, or nobody's.
    package func opening(_ name: some Sequence<UInt8>, at now: ContinuousClock.Instant) -> Key? {
        keys.first { $0.name.elementsEqual(name) && now - $0.made < Self.lifetime * 2 }
    }
}
