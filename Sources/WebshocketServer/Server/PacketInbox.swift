/// The packets of a connection without a handler, buffered until `receive()` takes them. Confined to the connection's
/// loop.
final class PacketInbox {
    /// The number of packets at which reading pauses.
    private static let capacity = 64
    /// The number of bytes of messages at which reading pauses. Decoded, they may use about twelve times as much
    /// memory.
    private static let byteCapacity = 1_048_576

    private var received = ReceivedPackets(capacity: capacity, byteCapacity: byteCapacity)
    private var closure: ConnectionClosure?
    /// The task that waits for room in the buffer. Reading is paused until it resumes.
    private var sender: CheckedContinuation<Void, Never>?

    /// Hands a packet to a waiting receiver or buffers it, and waits while the buffer is full.
    /// - Parameter bytes: The size of the packet's message.
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
