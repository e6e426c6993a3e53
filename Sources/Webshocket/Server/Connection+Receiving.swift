import EventLoops
import Synchronization

extension Connection {
    private static let lastReceive = Atomic<UInt64>(0)

    /// Waits for the next packet that is no call, on a server that was made without a handler; a message that is no
    /// packet comes with source `.unknown` and the payload as data.
    ///
    /// 64 packets, or 1 MiB of messages, wait for it; then nothing more is read from the peer.
    /// - Throws: ``ConnectionClosure`` when the connection has ended and every packet has been received,
    ///   `CancellationError` when the task is cancelled, ``StartupError`` where a handler receives.
    public func receive() async throws -> Packet {
        let id = Self.lastReceive.wrappingAdd(1, ordering: .relaxed).newValue
        return try await loop.wait { [core] receiver in
            guard let inbox = core.value.inbox else {
                return receiver.resume(returning: .failure(StartupError.servedByHandlers))
            }
            inbox.receive(receiver, id: id)
        } cancel: { [core] in
            core.value.inbox?.stopReceiving(id)
        }.get()
    }

    /// On the loop, as what handlers do is.
    nonisolated(nonsending) func keep(_ packet: Packet) async {
        // Nothing further is read before this returns, so that the last message is the packet's.
        await core.value.inbox?.keep(packet, bytes: core.value.messageBytes)
    }

    func endReceiving(_ closure: ConnectionClosure) {
        core.value.inbox?.end(closure)
    }
}
