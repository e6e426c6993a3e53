/// The elements that a streaming method returns; see ``WebSocketClient/streamRPC(_:_:named:timeout:credit:as:)``.
///
/// Each iterator makes its own call when its first element is requested.
public struct ReplyStream<Element: Decodable & Sendable>: AsyncSequence, Sendable {
    private let call: StreamCall

    init(_ call: StreamCall) {
        self.call = call
    }

    /// Creates an iterator. Nothing is sent until its first element is requested.
    public func makeAsyncIterator() -> Iterator {
        Iterator(StreamConsumer(call))
    }

    /// An iterator that makes one call of the method. If its last copy is released before the end, the call is aborted
    /// on the server.
    public struct Iterator: AsyncIteratorProtocol, Sendable {
        private let consumer: StreamConsumer

        init(_ consumer: StreamConsumer) {
            self.consumer = consumer
        }

        /// Waits for the next element and decodes it in the calling task.
        /// - Returns: The element; nil after the last element, and after an error.
        /// - Throws: The errors of ``WebSocketClient/streamRPC(_:_:named:timeout:credit:as:)``. If another task is
        ///   already waiting, ``ClientError/Code/concurrentIteration``; the stream then continues.
        public mutating func next(isolation actor: isolated (any Actor)? = #isolation) async throws -> Element? {
            guard let value = try await consumer.next() else { return nil }
            if Element.self == WireValue.self, let element = value as? Element { return element }
            do {
                return try value.decode(as: Element.self)
            } catch {
                consumer.giveUp()
                throw ClientError(.unexpectedReply, "an element is not of type \(Element.self): \(error)")
            }
        }

        /// Waits for the next element and decodes it.
        /// - Returns: The element; nil after the last element, and after an error.
        /// - Throws: The errors of ``WebSocketClient/streamRPC(_:_:named:timeout:credit:as:)``. If another task is
        ///   already waiting, ``ClientError/Code/concurrentIteration``; the stream then continues.
        public mutating func next() async throws -> Element? {
            try await next(isolation: nil)
        }
    }
}
