/// The elements of a streaming method's answer: what ``WebSocketClient/streamRPC(_:_:named:timeout:window:as:)``
/// returns.
///
/// Each iterator makes a call of its own, when its first element is asked for.
public struct ReplyStream<Element: Decodable & Sendable>: AsyncSequence, Sendable {
    private let call: StreamCall

    init(_ call: StreamCall) {
        self.call = call
    }

    /// Begins an iteration; nothing is sent yet.
    public func makeAsyncIterator() -> Iterator {
        Iterator(StreamConsumer(call))
    }

    /// One call of the method. When the last copy goes away before the end, the call is aborted on the server.
    public struct Iterator: AsyncIteratorProtocol, Sendable {
        private let consumer: StreamConsumer

        init(_ consumer: StreamConsumer) {
            self.consumer = consumer
        }

        /// The next element, read in the task that asks; nil behind the last one, and for ever after an error.
        /// - Throws: see ``WebSocketClient/streamRPC(_:_:named:timeout:window:as:)``. A second task that asks while one
        ///   waits gets ``ClientError/Code/concurrentIteration``, and the stream goes on.
        public mutating func next(isolation actor: isolated (any Actor)? = #isolation) async throws -> Element? {
            guard let value = try await consumer.next() else { return nil }
            if Element.self == Value.self, let element = value as? Element { return element }
            do {
                return try value.decode(as: Element.self)
            } catch {
                consumer.giveUp()
                throw ClientError(.unexpectedReply, "an element is no \(Element.self): \(error)")
            }
        }

        /// The next element, as above.
        public mutating func next() async throws -> Element? {
            try await next(isolation: nil)
        }
    }
}
