/// The packets of a client, as they arrive; see ``WebSocketClient/packets``.
public struct PacketSequence: AsyncSequence, Sendable {
    /// Takes the packets one by one.
    public struct AsyncIterator: AsyncIteratorProtocol {
        fileprivate let client: WebSocketClient

        /// Waits for the next packet; nil when the connection was closed in an orderly way.
        public mutating func next() async throws -> Packet? {
            do {
                return try await client.receive()
            } catch let error as ClientError {
                let isClosedHere = error.code == .notConnected && client.state == .closed
                if isClosedHere || error.closure?.isClean == true { return nil }
                throw error
            }
        }
    }

    fileprivate let client: WebSocketClient

    /// Makes an iterator; of several each takes packets that the others do not get.
    public func makeAsyncIterator() -> AsyncIterator { AsyncIterator(client: client) }
}

extension WebSocketClient {
    /// The packets that are no replies, as ``receive()`` takes them: those that were published to channels, and those
    /// that were sent to this client. It goes on when a lost connection is replaced. It ends when the client is closed
    /// by either side for good, and throws ``ClientError`` when it is lost and not replaced, `CancellationError` when
    /// the task is cancelled.
    public var packets: PacketSequence { PacketSequence(client: self) }
}
