/// How many more elements the consumer of a stream will take (Protocol.md, "Streams").
///
/// A consumer that gives no credit takes them all; then the outbound queue alone holds the producer back.
package struct StreamFlow {
    /// As much as one stream may be ahead of its consumer; a sum above it is an error of the peer's.
    package static let mostCredit = 2_147_483_647

    /// Nil for a consumer that gives none.
    private var credit: Int?

    package init() {}

    /// - Returns: nil for what is no credit: below 0, or above the most.
    package init?(credit: Int) {
        guard (0...Self.mostCredit).contains(credit) else { return nil }
        self.credit = credit
    }

    package var maySend: Bool { credit != 0 }

    package mutating func elementWasSent() {
        if let credit { self.credit = credit - 1 }
    }

    /// Adds to the credit. The first grant to a stream without credit limits it from then on.
    /// - Returns: whether it was one: above 0, and the sum not above the most.
    package mutating func grant(_ elements: Int) -> Bool {
        let credit = credit ?? 0
        guard elements > 0, elements <= Self.mostCredit - credit else { return false }
        self.credit = credit + elements
        return true
    }
}
