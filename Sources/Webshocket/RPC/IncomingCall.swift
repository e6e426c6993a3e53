import EventLoops

/// A call while its method is being invoked: its request still lies in the parser, so it must not be kept.
@usableFromInline
struct IncomingCall {
    let core: ServerConnection
    let request: IncomingRequest

    /// Nil when the connection has ended, which is not while a call is being invoked.
    @usableFromInline var connection: Connection? { core.connection }

    /// Runs a synchronous method and answers with what it returns.
    @usableFromInline
    func reply<Result>(using encoding: WireEncoding<Result>, _ body: () throws -> Result) {
        do {
            let result = try body()
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
        let callID = withCallID { [UInt8]($0) }
        let loop = self.core.serverLoop.loop
        let core = LoopBound(self.core, loop: loop)
        self.core.beginCall()
        let task = self.core.tasks.start(on: loop) { task in
            let outcome: Swift.Result<Result, any Error>
            do {
                outcome = .success(try await body())
            } catch {
                outcome = .failure(error)
            }
            core.value.endCall(task, callID, outcome, using: encoding)
        }
        if let task { self.core.calls[callID] = task }
    }

    @usableFromInline
    func fail(_ error: RPCError) {
        withCallID { core.fail($0, error) }
    }

    /// The caller's id for the call, or a new one where the caller gave none.
    private func withCallID<R>(_ body: (UnsafeRawBufferPointer) -> R) -> R {
        if let callID = request.callID { return body(callID) }
        var made = core.makeCallID()
        return made.withUTF8 { body(UnsafeRawBufferPointer($0)) }
    }
}
