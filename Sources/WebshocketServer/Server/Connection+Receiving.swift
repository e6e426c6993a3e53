import EventLoops
import Synchronization

extension Connection {
    private static let lastReceive = Atomic<UInt64>(0)

    /// Waits for the next packet that is not a call, on a server that was created without a handler.
    ///
    /// A message that is not a packet is returned as a packet with source `.unknown` and the payload as its data.
    ///
    /// At most 64 packets or 1 MiB of messages are buffered. When that limit is reached, further messages wait up to
    /// ``ServerLimits/waitingMessages``. Then the server stops reading from the peer until `receive()` makes room.
    /// - Throws: ``ConnectionClosure`` if the connection has ended and every packet has been received,
    ///   `CancellationError` if the task is cancelled, ``ServerError`` if a handler receives the packets.
    public func receive() async throws -> Packet {
        let id = Self.lastReceive.wrappingAdd(1, ordering: .relaxed).newValue
        return try await loop.wait { [core] receiver in
            guard let inbox = core.value.inbox else {
                return receiver.resume(returning: .failure(ServerError.servedByHandlers))
            }
            inbox.receive(receiver, id: id)
        } cancel: { [core] in
            core.value.inbox?.stopReceiving(id)
        }.get()
    }

    /// Buffers a packet for `receive()`. Runs on the connection's loop.
    nonisolated(nonsending) func keep(_ packet: Packet) async {
        // No other message has been processed since this packet, so `messageBytes` is the size of its message.
        await core.value.inbox?.keep(packet, bytes: core.value.messageBytes)
    }

    func endReceiving(_ closure: ConnectionClosure) {
        core.value.inbox?.end(closure)
    }
}
