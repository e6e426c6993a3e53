/// Maps the plaintext of a batch to the TLS records that were encrypted together and are not completely sent yet.
///
/// A peer cannot decrypt part of a record, so its plaintext counts as sent only when the record's last byte is sent.
package struct SealedBatch {
    /// The end offset of each record, in the plaintext of the batch and in its encrypted bytes.
    private var ends: [(plain: Int, sealed: Int)] = []
    /// The number of encrypted bytes that were sent before the rest was put in flight.
    private var sentAtOnce = 0
    /// Whether the rest of the batch is in flight. Then the bytes in flight are encrypted.
    package private(set) var isInFlight = false

    package init() {}

    /// The number of plaintext bytes in the batch.
    package var plainCount: Int { ends.last?.plain ?? 0 }

    /// Appends a record.
    /// - Parameters:
    ///   - count: The number of plaintext bytes in the record.
    ///   - sealedEnd: The end offset of the record in the buffer of encrypted bytes.
    package mutating func append(plain count: Int, sealedEnd: Int) {
        ends.append((plainCount + count, sealedEnd))
    }

    /// Marks the rest of the batch as in flight.
    /// - Parameter sentAtOnce: The number of encrypted bytes that the kernel has already accepted.
    package mutating func putInFlight(behind sentAtOnce: Int) {
        self.sentAtOnce = sentAtOnce
        isInFlight = true
    }

    /// Returns the number of plaintext bytes in the records that have been sent completely.
    /// - Parameter count: The number of encrypted bytes in flight that the kernel has accepted.
    package func plainTaken(ofSealed count: Int) -> Int {
        ends.last { $0.sealed <= sentAtOnce + count }?.plain ?? 0
    }

    package mutating func removeAll() {
        ends.removeAll(keepingCapacity: true)
        sentAtOnce = 0
        isInFlight = false
    }
}
