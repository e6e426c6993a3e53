/// The packets of a connection that is served by hand, until `receive()` takes them; confined to the connection's loop.
final class PacketInbox {
    /// Packets that wait; with as many, nothing more is read.
    private static let capacity = 64

    private var received = ReceivedPackets(capacity: capacity)
    private var closure: ConnectionClosure?
    /// Resumed when there is room again.
    private var sender: CheckedContinuation<Void, Never>?

    nonisolated(nonsending) func keep(_ packet: Packet) async {
        switch received.arrived(packet) {
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
