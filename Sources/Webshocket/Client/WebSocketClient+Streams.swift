import Bytes

extension WebSocketClient {
    /// Calls a method that streams, and reads its elements as they come.
    ///
    ///     for try await tick in client.streamRPC("ticks", 5, as: Int.self) {
    ///         print(tick)
    ///     }
    ///
    /// Nothing is sent before the first element is asked for, and each iteration makes a call of its own. The server
    /// sends no more than the window ahead of what was taken, so a slow consumer holds the method back. A consumer that
    /// ends early, by leaving the loop or because its task is cancelled, aborts the call on the server at once. See
    /// Protocol.md, "Streams".
    ///
    /// What can go wrong is thrown to who iterates, behind the elements that came before it: ``RPCError`` when the
    /// method fails; ``ClientError`` when the connection ends, the time runs out, the method does not stream, an
    /// element is of another type, or nothing could be sent; `CancellationError`, at once, when the task is cancelled.
    /// - Parameters:
    ///   - method: the method's name.
    ///   - arguments: the arguments by position, anything encodable.
    ///   - named: the arguments by name, anything encodable.
    ///   - timeout: how long the stream may take from the first element asked for to its end; positive. The server is
    ///     told.
    ///   - window: how many elements may wait for the consumer, 1 to 65,536; ``ClientConfiguration/streamWindow`` for
    ///     nil.
    ///   - type: what the elements are read as.
    public func streamRPC<each Argument: Encodable & Sendable, Element: Decodable & Sendable>(
        _ method: String, _ arguments: repeat each Argument, named: [String: any Encodable & Sendable] = [:],
        timeout: CallTimeout = .never, window: Int? = nil, as type: Element.Type = Element.self
    ) -> ReplyStream<Element> {
        let encoded = EncodedArguments.make(method, for: self) { codec throws in
            try EncodedArguments(
                codec, repeat each arguments, named: named.mapValues { try Value(encoding: $0) })
        }
        return ReplyStream(StreamCall(self, method, encoded, timeout: timeout, window: window))
    }

    /// Calls a method that streams with arguments that are learnt at run time, and reads its elements as they come.
    ///
    /// All else is as for arguments of known types.
    public func streamRPC(
        _ method: String, arguments: [Value], named: [String: Value] = [:], timeout: CallTimeout = .never,
        window: Int? = nil
    ) -> ReplyStream<Value> {
        let encoded = EncodedArguments.make(method, for: self) { codec throws in
            try EncodedArguments(codec, values: arguments, named: named)
        }
        return ReplyStream(StreamCall(self, method, encoded, timeout: timeout, window: window))
    }
}

/// The arguments of any number of calls, encoded once.
struct EncodedArguments: Sendable {
    private let count: Int
    private let bytes: [UInt8]
    private let named: [String: Value]

    init<each Argument: Encodable & Sendable>(
        _ codec: Codec, _ arguments: repeat each Argument, named: [String: Value]
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

    init(_ codec: Codec, values: [Value], named: [String: Value]) throws {
        var buffer = ByteBuffer()
        for (index, value) in values.enumerated() { try codec.writeArgument(value, at: index, into: &buffer) }
        count = values.count
        bytes = buffer.array
        self.named = named
    }

    static func make(
        _ method: String, for client: WebSocketClient, _ encode: (Codec) throws -> EncodedArguments
    ) -> Result<EncodedArguments, ClientError> {
        do throws(ClientError) {
            let (_, codec) = try client.wire()
            do {
                return .success(try encode(codec))
            } catch {
                throw ClientError(.cannotEncode, "the arguments of '\(method)': \(error)")
            }
        } catch {
            return .failure(error)
        }
    }

    func writeRequest(
        _ codec: Codec, callID: String, method: String, extensions: RPCExtensions, into buffer: inout ByteBuffer
    ) throws {
        codec.beginRequest(method: method, argumentCount: count, extraKeys: extensions.count, into: &buffer)
        buffer.append(contentsOf: bytes)
        try codec.endRequest(named: named, callID: callID, extensions: extensions, into: &buffer)
    }
}
