/// The packets that a client receives; see ``WebSocketClient/packets``.
public struct PacketSequence: AsyncSequence, Sendable {
    /// The iterator of a ``PacketSequence``.
    public struct AsyncIterator: AsyncIteratorProtocol {
        fileprivate let client: WebSocketClient

        /// Waits for the next packet.
        /// - Returns: The packet, or nil after the connection was closed cleanly.
        /// - Throws: ``ClientError`` if the connection is lost and not replaced; `CancellationError` if the task is
        ///   cancelled.
        public mutating func next() async throws -> Packet? {
            try await client.untilClosed { try await $0.receive() }
        }
    }

    fileprivate let client: WebSocketClient

    /// Creates an iterator. Each packet is delivered to only one of several iterators.
    public func makeAsyncIterator() -> AsyncIterator { AsyncIterator(client: client) }
}

extension WebSocketClient {
    /// The received packets that are not responses: those published to channels, and those sent to this client.
    ///
    /// The sequence continues after a reconnect. It ends after either side closes the connection cleanly and the client
    /// does not reconnect. It throws ``ClientError`` if the connection is lost and not replaced, and
    /// `CancellationError` if the task is cancelled.
    public var packets: PacketSequence { PacketSequence(client: self) }
}

extension WebSocketClient {
    /// Receives an element; nil if the client was closed in an orderly way.
    func untilClosed<Element>(_ receive: (WebSocketClient) async throws -> Element) async throws -> Element? {
        do {
            return try await receive(self)
        } catch let error as ClientError {
            let isClosedHere = error.code == .notConnected && state == .closed
            if isClosedHere || error.closure?.isClean == true { return nil }
            throw error
        }
    }
}
