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
    private var packets: [Packet] = []
    /// How many packets at the front of `packets` are already taken.
    private var taken = 0
    private var receivers: [(id: UInt64, receiver: Receiver)] = []

    init(capacity: Int) {
        self.capacity = max(1, capacity)
    }

    private var count: Int { packets.count - taken }

    /// As many wait as should.
    var isFull: Bool { count >= capacity }

    /// As many wait as may, however good the reasons to read on were.
    var isOverfull: Bool { count / 8 >= capacity }

    mutating func arrived(_ packet: Packet) -> Arrival {
        if !receivers.isEmpty { return .handOver(receivers.removeFirst().receiver) }
        packets.append(packet)
        return .kept
    }

    /// Takes the oldest packet.
    mutating func take() -> Packet? {
        guard taken < packets.count else { return nil }
        let packet = packets[taken]
        taken += 1
        // What is taken is moved out in bulk, so that taking costs the same however many wait.
        if taken == packets.count || taken >= 512 {
            packets.removeFirst(taken)
            taken = 0
        }
        return packet
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
