/// The packets of a connection that is served by hand, until `receive()` takes them; confined to the connection's loop.
final class PacketInbox {
    /// The number of packets at which reading pauses.
    private static let capacity = 64
    /// The bytes of messages at which reading pauses. As values they may take up a dozen times as much memory.
    private static let byteCapacity = 1_048_576

    private var received = ReceivedPackets(capacity: capacity, byteCapacity: byteCapacity)
    private var closure: ConnectionClosure?
    /// Resumed when there is room again.
    private var sender: CheckedContinuation<Void, Never>?

    /// - Parameter bytes: the size of the packet's message.
    nonisolated(nonsending) func keep(_ packet: Packet, bytes: Int) async {
        switch received.arrived(packet, bytes: bytes) {
        case .handOver(let receiver): receiver.resume(returning: .success(packet))
        case .kept:
            guard received.isFull, closure == nil else { return }
            await withCheckedContinuation { sender = $0 }
        }
    }

    func receive(_ receiver: ReceivedPackets.Receiver, id: UInt64) {
        if let packet = received.take() {
            if !received.isFull { sender.take()?.resume() }
            receiver.resume(returning: .success(packet))
        } else if let closure {
            receiver.resume(returning: .failure(closure))
        } else {
            received.wait(receiver, id: id)
        }
    }

    func stopReceiving(_ id: UInt64) {
        received.stopWaiting(id)?.resume(returning: .failure(CancellationError()))
    }

    func end(_ closure: ConnectionClosure) {
        self.closure = closure
        sender.take()?.resume()
        for receiver in received.removeReceivers() { receiver.resume(returning: .failure(closure)) }
    }
}
