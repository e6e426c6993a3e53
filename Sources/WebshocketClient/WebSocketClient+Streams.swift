import Bytes

extension WebSocketClient {
    /// Calls a streaming method and returns its elements as an asynchronous sequence.
    ///
    ///     for try await tick in client.streamRPC("ticks", 5, as: Int.self) {
    ///         print(tick)
    ///     }
    ///
    /// Nothing is sent until the first element is requested, and each iteration makes its own call. The server sends at
    /// most `credit` elements ahead of the consumer, so a slow consumer slows the method down. If the consumer leaves
    /// the loop early, or its task is cancelled, the call is aborted on the server at once. See Protocol.md, "Streams".
    ///
    /// The iteration throws an error after the elements that arrived before it. It throws ``RPCError`` if the method
    /// fails. It throws ``ClientError`` if the connection ends, the timeout expires, the method does not stream, an
    /// element has another type, or the request could not be sent. It throws `CancellationError` without delay if the
    /// task is cancelled.
    /// - Parameters:
    ///   - method: The name of the method.
    ///   - arguments: The positional arguments, encodable values.
    ///   - named: The named arguments, encodable values.
    ///   - timeout: The time from the request of the first element to the end of the stream; positive. The server
    ///     receives it.
    ///   - credit: How many elements may wait for the consumer, 1 to 65,536; nil for
    ///     ``ClientConfiguration/streamCredit``.
    ///   - type: The type of the elements.
    public func streamRPC<each Argument: Encodable & Sendable, Element: Decodable & Sendable>(
        _ method: String, _ arguments: repeat each Argument, named: [String: any Encodable & Sendable] = [:],
        timeout: CallTimeout = .never, credit: Int? = nil, as type: Element.Type = Element.self
    ) -> ReplyStream<Element> {
        let encoded = EncodedArguments.make(method, for: self) { codec throws in
            try EncodedArguments(
                codec, repeat each arguments, named: named.mapValues { try WireValue(encoding: $0) })
        }
        return ReplyStream(StreamCall(self, method, encoded, timeout: timeout, credit: credit))
    }

    /// Calls a streaming method with arguments known only at run time, and returns its elements as an asynchronous
    /// sequence.
    ///
    /// Nothing is sent until the first element is requested, and each iteration makes its own call. See
    /// ``streamRPC(_:_:named:timeout:credit:as:)`` for parameters and errors.
    public func streamRPC(
        _ method: String, arguments: [WireValue], named: [String: WireValue] = [:], timeout: CallTimeout = .never,
        credit: Int? = nil
    ) -> ReplyStream<WireValue> {
        let encoded = EncodedArguments.make(method, for: self) { codec throws in
            try EncodedArguments(codec, values: arguments, named: named)
        }
        return ReplyStream(StreamCall(self, method, encoded, timeout: timeout, credit: credit))
    }
}

/// The arguments of a call, encoded once for any number of calls.
struct EncodedArguments: Sendable {
    private let count: Int
    private let bytes: [UInt8]
    private let named: [String: WireValue]

    init<each Argument: Encodable & Sendable>(
        _ codec: PacketCodec, _ arguments: repeat each Argument, named: [String: WireValue]
    ) throws {
        var buffer = ByteBuffer()
        var count = 0
        for argument in repeat each arguments {
            try codec.writeArgument(argument, at: count, into: &buffer)
            count += 1
        }
        self.count = count
        bytes = buffer.array
        self.named = named
    }

    init(_ codec: PacketCodec, values: [WireValue], named: [String: WireValue]) throws {
        var buffer = ByteBuffer()
        for (index, value) in values.enumerated() { try codec.writeArgument(value, at: index, into: &buffer) }
        count = values.count
        bytes = buffer.array
        self.named = named
    }

    static func make(
        _ method: String, for client: WebSocketClient, _ encode: (PacketCodec) throws -> EncodedArguments
    ) -> Result<EncodedArguments, ClientError> {
        do throws(ClientError) {
            let (_, codec) = try client.wire()
            do {
                return .success(try encode(codec))
            } catch {
                throw ClientError(.cannotEncode, "cannot encode the arguments of '\(method)': \(error)")
            }
        } catch {
            return .failure(error)
        }
    }

    func writeRequest(
        _ codec: PacketCodec, callID: String, method: String, extensions: RPCExtensions, into buffer: inout ByteBuffer
    ) throws {
        codec.beginRequest(method: method, argumentCount: count, extraKeys: extensions.count, into: &buffer)
        buffer.append(contentsOf: bytes)
        try codec.endRequest(named: named, callID: callID, extensions: extensions, into: &buffer)
    }
}
