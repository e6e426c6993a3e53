/// A queue of received packets, or of receivers that wait for packets. At most one of the two is not empty.
@usableFromInline
package struct ReceivedPackets {
    /// A task that waits for a packet. It receives a packet, a ``ClientError`` or a `CancellationError`.
    package typealias Receiver = CheckedContinuation<Result<Packet, any Error>, Never>

    /// The action for a packet that has arrived.
    package enum Arrival {
        case handOver(Receiver)
        case kept
    }

    @usableFromInline let capacity: Int
    @usableFromInline let byteCapacity: Int
    @usableFromInline var packets = Queue<(packet: Packet, bytes: Int)>()
    /// The total size in bytes of the queued packets' messages.
    @usableFromInline var bytes = 0
    private var receivers: [(id: UInt64, receiver: Receiver)] = []
    /// Whether a packet was ever requested.
    @usableFromInline package internal(set) var wasReadFrom = false

    /// - Parameters:
    ///   - capacity: The number of queued packets at which reading pauses.
    ///   - byteCapacity: The total size in bytes of their messages at which reading pauses.
    package init(capacity: Int, byteCapacity: Int) {
        self.capacity = max(1, capacity)
        self.byteCapacity = byteCapacity
    }

    /// Whether the soft limit is reached. If so, reading should pause.
    @inlinable package var isFull: Bool { packets.count >= capacity || bytes >= byteCapacity }

    /// Whether the hard limit is reached, which is eight times the soft limit. If so, no more packets may be queued.
    @inlinable package var isOverfull: Bool { packets.count / 8 >= capacity || bytes / 8 >= byteCapacity }

    /// - Parameter size: The size of the packet's message in bytes.
    package mutating func arrived(_ packet: Packet, bytes size: Int) -> Arrival {
        if !receivers.isEmpty { return .handOver(receivers.removeFirst().receiver) }
        packets.append((packet, size))
        bytes += size
        return .kept
    }

    /// Takes the oldest packet.
    package mutating func take() -> Packet? {
        wasReadFrom = true
        return popFirst()
    }

    /// Drops the oldest packets until the queue is below the hard limit.
    /// - Returns: The number of dropped packets.
    package mutating func dropExcess() -> Int {
        var dropped = 0
        while isOverfull, popFirst() != nil { dropped += 1 }
        return dropped
    }

    private mutating func popFirst() -> Packet? {
        guard let (packet, size) = packets.popFirst() else { return nil }
        bytes -= size
        return packet
    }

    package mutating func wait(_ receiver: Receiver, id: UInt64) {
        receivers.append((id, receiver))
    }

    package mutating func stopWaiting(_ id: UInt64) -> Receiver? {
        guard let index = receivers.firstIndex(where: { $0.id == id }) else { return nil }
        return receivers.remove(at: index).receiver
    }

    package mutating func removeReceivers() -> [Receiver] {
        defer { receivers = [] }
        return receivers.map(\.receiver)
    }
}
