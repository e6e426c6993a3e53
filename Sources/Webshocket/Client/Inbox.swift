/// Packets that have arrived and wait to be received, or receivers that wait for packets.
struct Inbox {
    typealias Receiver = CheckedContinuation<Result<Packet, ClientError>, Never>

    private let capacity: Int
    private var packets: [Packet] = []
    /// How many packets at the front of `packets` are already received.
    private var received = 0
    private var receivers: [(id: UInt64, receiver: Receiver)] = []

    init(capacity: Int) {
        self.capacity = max(1, capacity)
    }

    var isFull: Bool { packets.count - received >= capacity }

    /// What is to be done with a packet that has arrived.
    enum Arrival {
        case handOver(Receiver)
        case kept
    }

    mutating func arrived(_ packet: Packet) -> Arrival {
        if !receivers.isEmpty { return .handOver(receivers.removeFirst().receiver) }
        packets.append(packet)
        return .kept
    }

    /// Takes the oldest packet.
    mutating func take() -> Packet? {
        guard received < packets.count else { return nil }
        let packet = packets[received]
        received += 1
        if received == packets.count || received >= 512 {
            packets.removeFirst(received)
            received = 0
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
