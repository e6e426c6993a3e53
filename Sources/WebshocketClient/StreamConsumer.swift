import EventLoops

/// The parameters of a call of a streaming method.
struct StreamCall: Sendable {
    fileprivate let client: WebSocketClient
    private let method: String
    private let arguments: Result<EncodedArguments, ClientError>
    private let timeout: CallTimeout
    private let window: Int

    init(
        _ client: WebSocketClient, _ method: String, _ arguments: Result<EncodedArguments, ClientError>,
        timeout: CallTimeout, credit: Int?
    ) {
        self.client = client
        self.method = method
        self.arguments = arguments
        self.timeout = timeout
        self.window = credit ?? client.configuration.streamCredit
    }

    /// A call that is ready to be sent.
    fileprivate struct Request: Sendable {
        let session: LoopBound<ClientSession>
        let id: String
        let kind: MessageKind
        let bytes: [UInt8]
        let window: Int
        let timeout: Duration?
        let way: OutgoingMessage.Way
    }

    fileprivate func request() throws(ClientError) -> Request {
        try ClientConfiguration.check(credit: window, "the credit of a stream")
        let time = try timeout.time(default: client.configuration.callTimeout)
        let arguments = try arguments.get()
        let (kind, codec) = try client.wire()
        let id = client.makeCallID()
        let extensions = .timeout(time) + [("credit", .int(Int64(window)))]
        let bytes = try client.encoded(method) { buffer in
            try arguments.writeRequest(codec, callID: id, method: method, extensions: extensions, into: &buffer)
        }
        return Request(
            session: client.session, id: id, kind: kind, bytes: bytes, window: window, timeout: time, way: .ofTask)
    }
}

/// The consuming end of one stream. It makes the call, takes the elements, and aborts the call when it is released.
///
/// It retains the client, so that the connection stays open during the iteration.
final class StreamConsumer: Sendable {
    private enum Phase {
        /// Exits: the first element is requested → open, or over if nothing can be sent.
        case idle
        /// Exits: the end, an error, or giving up → over.
        case open(Stream)
        case over
    }

    private struct Stream: Sendable {
        let session: LoopBound<ClientSession>
        let id: String
        let buffer: StreamBuffer
    }

    private struct State {
        var phase = Phase.idle
        var isTaking = false
    }

    private let call: StreamCall
    private let state = Locked(State())

    init(_ call: StreamCall) {
        self.call = call
    }

    deinit {
        giveUp()
    }

    /// Ends the stream here and on the server; a no-op if it has already ended.
    func giveUp() {
        let phase = state.withLock { state in
            defer { state.phase = .over }
            return state.phase
        }
        guard case .open(let stream) = phase else { return }
        stream.session.loop.execute { stream.session.value.cancel(stream: stream.id) }
    }

    nonisolated(nonsending) func next() async throws -> WireValue? {
        let phase: Phase? = state.withLock { state in
            guard !state.isTaking else { return nil }
            state.isTaking = true
            return state.phase
        }
        guard let phase else {
            throw ClientError(.concurrentIteration, "another task is already waiting for this iterator's next element")
        }
        defer { state.withLock { $0.isTaking = false } }
        do {
            let element = try await next(phase)
            if element == nil { state.withLock { $0.phase = .over } }
            return element
        } catch {
            giveUp()
            throw error
        }
    }

    private nonisolated(nonsending) func next(_ phase: Phase) async throws -> WireValue? {
        switch phase {
        case .idle:
            try Task.checkCancellation()
            return try await begin(call.request())
        case .open(let stream):
            try Task.checkCancellation()
            return try await take(stream)
        case .over: return nil
        }
    }

    private nonisolated(nonsending) func begin(_ request: StreamCall.Request) async throws -> WireValue? {
        let stream = Stream(
            session: request.session, id: request.id, buffer: StreamBuffer(window: request.window))
        state.withLock { $0.phase = .open(stream) }
        return try await wait(for: stream) { session, waiter in
            let message = OutgoingMessage(request.kind, request.bytes, way: request.way) { [weak session] error in
                if let error { session?.requestFailed(request.id, error) }
            }
            session.begin(
                request.id, message, stream.buffer, window: request.window, timeout: request.timeout, waiter)
        }
    }

    private nonisolated(nonsending) func take(_ stream: Stream) async throws -> WireValue? {
        let next = stream.buffer.next()
        if case .element(_, let demand) = next, !demand.isNothing {
            stream.session.loop.execute { stream.session.value.settle(demand, of: stream.id) }
        }
        if let outcome = next.outcome { return try outcome.get() }
        return try await wait(for: stream) { session, waiter in
            session.wait(for: stream.buffer, of: stream.id, waiter)
        }
    }

    private nonisolated(nonsending) func wait(
        for stream: Stream, _ begin: @escaping @Sendable (ClientSession, OpenStream.Waiter) -> Void
    ) async throws -> WireValue? {
        let session = stream.session
        let outcome: Result<WireValue?, any Error> = await session.loop.wait { waiter in
            begin(session.value, waiter)
        } cancel: {
            session.value.cancel(stream: stream.id)
        }
        return try outcome.get()
    }
}
