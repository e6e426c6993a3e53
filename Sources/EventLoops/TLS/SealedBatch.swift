/// Which of a socket's bytes are in which of the records that were sealed together and not all sent yet.
///
/// A peer cannot open half a record: the bytes of one count as sent when its last byte is.
package struct SealedBatch {
    /// Where each record ends: among the plain bytes of the batch, and among the sealed ones.
    private var ends: [(plain: Int, sealed: Int)] = []
    /// Sealed bytes that were sent before the rest was put in flight.
    private var sentAtOnce = 0
    /// The rest is in flight, so that what is in flight is no plain bytes.
    package private(set) var isInFlight = false

    package init() {}

    /// All plain bytes of the batch.
    package var plainCount: Int { ends.last?.plain ?? 0 }

    /// - Parameter sealedEnd: how many sealed bytes there are with it, whatever stood before it among them.
    package mutating func append(plain count: Int, sealedEnd: Int) {
        ends.append((plainCount + count, sealedEnd))
    }

    package mutating func putInFlight(behind sentAtOnce: Int) {
        self.sentAtOnce = sentAtOnce
        isInFlight = true
    }

    /// How many plain bytes have left as whole records, of what is in flight.
    package func plainTaken(ofSealed count: Int) -> Int {
        ends.last { $0.sealed <= sentAtOnce + count }?.plain ?? 0
    }

    package mutating func removeAll() {
        ends.removeAll(keepingCapacity: true)
        sentAtOnce = 0
        isInFlight = false
    }
}
