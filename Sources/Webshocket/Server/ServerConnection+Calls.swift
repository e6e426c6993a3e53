import Bytes

extension ServerConnection {
    func beginCall() {
        callsInFlight += 1
        if callsInFlight >= limits.callsInFlight { link.pause(.callsInFlight) }
    }

    /// Replies, now or when the caller has read enough of what it was sent before.
    func endCall<Result>(
        _ task: UInt64, _ callID: [UInt8], _ outcome: Swift.Result<Result, any Error>,
        using encoding: WireEncoding<Result>
    ) {
        if calls[callID] == task { calls[callID] = nil }
        guard link.isOpen else { return }
        let finish = { [self] in
            callsInFlight -= 1
            callID.withUnsafeBytes { callID in
                switch outcome {
                case .success(let result): reply(to: callID, result, using: encoding)
                case .failure(let error): fail(callID, answer(for: error))
                }
            }
            if callsInFlight < limits.callsInFlight { link.resume(.callsInFlight) }
            closeIfDrained()
        }
        if link.isCongested { unreplied.append(finish) } else { finish() }
    }

    /// Sends the replies that waited, in the order in which their calls ended.
    func linkDidDrain(_ link: WebSocketLink) {
        while !link.isCongested, let reply = unreplied.popFirst() { reply() }
    }

    func reply<Result>(to callID: UnsafeRawBufferPointer, _ result: Result, using encoding: WireEncoding<Result>) {
        do {
            if encoding.isDirect {
                try sendReply { buffer in
                    try codec.writeResponse(callID: callID, result, using: encoding, into: &buffer)
                }
            } else {
                // On its own: encoding runs the result's code, which may send on this connection too.
                var response = ByteBuffer()
                try codec.writeResponse(callID: callID, result, using: encoding, into: &response)
                try sendReply { buffer in response.withBytes { buffer.append(contentsOf: $0) } }
            }
        } catch {
            fail(callID, answer(for: error))
        }
    }

    private func sendReply(_ encode: (inout ByteBuffer) throws -> Void) throws {
        let limit = limits.replySize
        try link.send(replyKind) { buffer in
            let start = buffer.count
            try encode(&buffer)
            if buffer.count - start > limit { throw RPCError.replyTooLarge(buffer.count - start, limit: limit) }
        }
    }

    func fail(_ callID: UnsafeRawBufferPointer, _ error: RPCError) {
        link.send(replyKind) { buffer in
            codec.writeErrorResponse(callID: callID, code: error.code, message: error.message, into: &buffer)
        }
    }

    /// What the caller is told of an error: the whole of an ``RPCError``, and of any other only where to look it up.
    func answer(for error: any Error) -> RPCError {
        if let error = error as? RPCError { return error }
        if error is CancellationError { return RPCError("The call was cancelled.", code: .cancelled) }
        let id = String(UInt32.random(in: .min ... .max), radix: 16)
        log(.error, "error \(id): \(error)")
        return RPCError("Internal error (\(id))", code: .internalError)
    }

    func makeCallID() -> String {
        idsMade += 1
        return String(idsMade)
    }

    /// Cancels the call that the first argument names (Protocol.md, "Cancellation"); there is no answer.
    func abort(_ request: IncomingRequest) {
        guard var arguments = request.arguments?.elements, let callID = arguments.next()?.text else { return }
        if let task = calls[[UInt8](callID)] { tasks.cancel(task) }
    }
}

extension UnsafeRawBufferPointer {
    /// The id of an answer to what carried none.
    static var noCallID: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: nil, count: 0) }
}

extension RPCError {
    static func replyTooLarge(_ size: Int, limit: Int) -> RPCError {
        RPCError("the reply has \(size) bytes; the server sends \(limit) at most", code: .replyTooLarge)
    }
}
