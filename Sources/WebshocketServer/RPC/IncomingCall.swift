import EventLoops

/// A call while its method is being invoked. Its request is still in the parser's buffer, so it must not be stored.
@usableFromInline
struct IncomingCall {
    let core: ServerConnection
    let request: IncomingRequest
    /// Whether the method streams. An error then ends the stream.
    let isStream: Bool
    /// Whether the method runs off the event loop.
    @usableFromInline let isOffLoop: Bool
    /// The call's timeout; nil if only the end of the connection limits it.
    let timeout: Duration?
    /// A generated ID, if the caller expects a response but sent no ID.
    private let madeID: String?

    init(
        core: ServerConnection, request: IncomingRequest, isStream: Bool, isOffLoop: Bool = false, timeout: Duration?
    ) {
        self.core = core
        self.request = request
        self.isStream = isStream
        self.isOffLoop = isOffLoop
        self.timeout = timeout
        madeID = request.callID == nil && !request.isNotification ? core.makeCallID() : nil
    }

    /// The caller's connection. Nil after it has ended, which cannot happen while a call is being invoked.
    @usableFromInline var connection: Connection? { core.connection }

    /// Runs a synchronous method, and responds with its result or error.
    @usableFromInline
    func reply<Result>(using encoding: WireEncoding<Result>, _ body: () throws -> Result) {
        do {
            let result = try body()
            guard !request.isNotification else { return }
            withCallID { core.reply(to: $0, result, using: encoding) }
        } catch {
            fail(core.answer(for: error))
        }
    }

    /// Starts an asynchronous method. The response is sent when it returns.
    @usableFromInline
    func start<Result: Sendable>(
        using encoding: WireEncoding<Result>,
        _ body: nonisolated(nonsending) @escaping @Sendable () async throws -> Result
    ) {
        let call = CallInFlight(request, id: withCallID { [UInt8]($0) })
        let here = LoopBound((core: core, call: call), loop: core.serverLoop.loop)
        core.begin(call, timeout: timeout)
        call.task = core.tasks.start(on: here.loop, as: label) { [isOffLoop] _ in
            let outcome: Swift.Result<Result, any Error>
            do {
                outcome = .success(isOffLoop ? try await offLoop(body) : try await body())
            } catch {
                outcome = .failure(error)
            }
            here.value.core.end(here.value.call, outcome, using: encoding)
        }
    }

    /// Starts a streaming method.
    /// - Throws: An error if the call's credit or ID is invalid, it expects no response, or too many streams are open.
    func stream(_ producer: any ElementProducer) throws(RPCError) {
        let call = CallInFlight(request, id: withCallID { [UInt8]($0) }, isStream: true)
        call.flow = try flow()
        try core.begin(stream: call, timeout: timeout)
        let here = LoopBound((core: core, call: call), loop: core.serverLoop.loop)
        call.task = core.tasks.start(on: here.loop, as: label) { [isOffLoop] _ in
            let sink = ElementSink(stream: here, isOffLoop: isOffLoop)
            var failure: (any Error)?
            do {
                if isOffLoop {
                    try await offLoop { try await producer.produce(into: sink) }
                } else {
                    try await producer.produce(into: sink)
                }
            } catch {
                failure = error
            }
            here.value.core.end(stream: here.value.call, failure)
        }
    }

    @usableFromInline
    func fail(_ error: RPCError) {
        guard !request.isNotification else { return }
        withCallID { core.fail($0, error, isStream: isStream) }
    }

    /// The method's label, which is the loop's current work.
    private var label: WorkLabel { core.serverLoop.loop.currentWork ?? .unnamedCall }

    private func flow() throws(RPCError) -> StreamFlow {
        guard let credit = request.credit else { return StreamFlow() }
        guard let flow = credit.wholeNumber.flatMap(StreamFlow.init(credit:)) else {
            throw RPCError("credit must be a whole number from 0 to \(StreamFlow.mostCredit)", code: .invalidParameters)
        }
        return flow
    }

    /// Passes the caller's ID for the call, or the generated one, to `body`.
    private func withCallID<R>(_ body: (UnsafeRawBufferPointer) -> R) -> R {
        if let callID = request.callID { return body(callID) }
        var made = madeID ?? ""
        return made.withUTF8 { body(UnsafeRawBufferPointer($0)) }
    }
}

extension WorkLabel {
    static let unnamedCall = WorkLabel("an RPC method")
}
