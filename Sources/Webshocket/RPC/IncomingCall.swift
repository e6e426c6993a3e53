import EventLoops

/// A call while its method is being invoked: its request still lies in the parser, so it must not be kept.
@usableFromInline
struct IncomingCall {
    let core: ServerConnection
    let request: IncomingRequest
    /// Whether the method streams, so that an error ends a stream.
    let isStream: Bool
    /// Whether the method runs off the event loop.
    @usableFromInline let isOffLoop: Bool
    /// How long the caller waits; nil for as long as the connection lives.
    let timeout: Duration?
    /// For a call whose caller gave it no id, and wants a response.
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

    /// Nil when the connection has ended, which is not while a call is being invoked.
    @usableFromInline var connection: Connection? { core.connection }

    /// Runs a synchronous method and answers with what it returns.
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

    /// Starts an asynchronous method; the answer follows when it returns.
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

    /// Starts a method that streams.
    /// - Throws: what the call asks for and cannot have.
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

    /// The method's, which the loop is at.
    private var label: WorkLabel { core.serverLoop.loop.currentWork ?? .unnamedCall }

    private func flow() throws(RPCError) -> StreamFlow {
        guard let credit = request.credit else { return StreamFlow() }
        guard let flow = credit.wholeNumber.flatMap(StreamFlow.init(credit:)) else {
            throw RPCError("credit is to be 0 to \(StreamFlow.mostCredit)", code: .invalidParameters)
        }
        return flow
    }

    /// The caller's id for the call, or the one that was made.
    private func withCallID<R>(_ body: (UnsafeRawBufferPointer) -> R) -> R {
        if let callID = request.callID { return body(callID) }
        var made = madeID ?? ""
        return made.withUTF8 { body(UnsafeRawBufferPointer($0)) }
    }
}

extension WorkLabel {
    static let unnamedCall = WorkLabel("an RPC method")
}
