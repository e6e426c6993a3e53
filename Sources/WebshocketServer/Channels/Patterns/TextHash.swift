/// A hash of bytes that yields the hashes of all prefixes of a text in one pass.
///
/// It is a polynomial modulo 2^61 - 1, evaluated at a random place. Two texts of 256 bytes collide with a probability
/// of 2^-53, even if a client chooses them. Callers that need certainty also compare the bytes.
struct TextHash: Sendable {
    private static let modulus: UInt64 = (1 << 61) - 1

    private let place = UInt64.random(in: 256..<modulus)

    @inline(__always)
    func appending(_ byte: UInt8, to hash: UInt64) -> UInt64 {
        let product = hash.multipliedFullWidth(by: place)
        let low = product.low & Self.modulus
        let high = product.high << 3 | product.low >> 61
        var sum = low + high + UInt64(byte) + 1
        sum = (sum & Self.modulus) + (sum >> 61)
        return sum >= Self.modulus ? sum - Self.modulus : sum
    }

    func callAsFunction(_ bytes: some Sequence<UInt8>) -> UInt64 {
        bytes.reduce(0) { appending($1, to: $0) }
    }
}
