/// A hash of bytes that gives those of all beginnings of a text in one go.
///
/// A polynomial modulo 2^61 - 1 at a place drawn at random: two texts of 256 bytes collide with a chance of 2^-53,
/// whoever chose them. Those who may not err still compare the bytes.
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
