/// The number of elements that may still be sent to the consumer of a stream (Protocol.md, "Streams").
///
/// It is unlimited for a consumer that never grants credit. Then only the outbound queue exerts backpressure.
package struct StreamFlow {
    /// The largest credit of one stream. A sum above it is an error of the peer.
    package static let mostCredit = 2_147_483_647

    /// The remaining credit; nil if the consumer has never granted any.
    private var credit: Int?

    package init() {}

    /// - Returns: Nil if the credit is below 0 or above ``mostCredit``.
    package init?(credit: Int) {
        guard (0...Self.mostCredit).contains(credit) else { return nil }
        self.credit = credit
    }

    package var maySend: Bool { credit != 0 }

    package mutating func elementWasSent() {
        if let credit { self.credit = credit - 1 }
    }

    /// Adds to the credit. The first grant to a stream without credit limits it from then on.
    /// - Returns: False if `elements` is below 1 or the sum is above ``mostCredit``; then nothing changes.
    package mutating func grant(_ elements: Int) -> Bool {
        let credit = credit ?? 0
        guard elements > 0, elements <= Self.mostCredit - credit else { return false }
        self.credit = credit + elements
        return true
    }
}
