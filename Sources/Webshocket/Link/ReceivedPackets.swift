/// Packets that have arrived and wait to be received, or receivers that wait for packets; never both.
struct ReceivedPackets {
    /// A packet; or a ``ClientError``, or a `CancellationError`.
    typealias Receiver = CheckedContinuation<Result<Packet, any Error>, Never>

    /// What is to be done with a packet that has arrived.
    enum Arrival {
        case handOver(Receiver)
        case kept
    }

    private let capacity: Int
    private var packets = Queue<Packet>()
    private var receivers: [(id: UInt64, receiver: Receiver)] = []

    init(capacity: Int) {
        self.capacity = max(1, capacity)
    }

    /// As many wait as should.
    var isFull: Bool { packets.count >= capacity }

    /// As many wait as may, however good the reasons to read on were.
    var isOverfull: Bool { packets.count / 8 >= capacity }

    mutating func arrived(_ packet: Packet) -> Arrival {
        if !receivers.isEmpty { return .handOver(receivers.removeFirst().receiver) }
        packets.append(packet)
        return .kept
    }

    /// Takes the oldest packet.
    mutating func take() -> Packet? {
        packets.popFirst()
    }

    mutating func wait(_ receiver: Receiver, id: UInt64) {
        receivers.append((id, receiver))
    }

    mutating func stopWaiting(_ id: UInt64) -> Receiver? {
        guard let index = receivers.firstIndex(where: { $0.id == id }) else { return nil }
        return receivers.remove(at: index).receiver
    }

    mutating func removeReceivers() -> [Receiver] {
        defer { receivers = [] }
        return receivers.map(\.receiver)
    }
}
