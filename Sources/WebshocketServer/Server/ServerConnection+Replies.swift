import Bytes

extension ServerConnection {
    func reply<Result>(
        to callID: UnsafeRawBufferPointer, _ result: Result, using encoding: WireEncoding<Result>
    ) {
        do {
            try send(result, to: callID, using: encoding, isStream: false)
        } catch {
            fail(callID, answer(for: error))
        }
    }

    /// Sends a result, or one element of a stream.
    /// - Throws: The error of the encoding, or ``RPCErrorCode/replyTooLarge`` if the result exceeds
    ///   ``ServerLimits/replySize`` or does not fit into ``ServerLimits/replyQueue``. Then nothing is sent.
    func send<Result>(
        _ result: Result, to callID: UnsafeRawBufferPointer, using encoding: WireEncoding<Result>, isStream: Bool
    ) throws {
        if encoding.isDirect {
            try sendReply { buffer in
                try codec.writeResponse(callID: callID, result, using: encoding, isStream: isStream, into: &buffer)
            }
        } else {
            // Uses a separate buffer because encoding runs the result's code, which may also send on this connection.
            var response = ByteBuffer()
            try codec.writeResponse(callID: callID, result, using: encoding, isStream: isStream, into: &response)
            try sendReply { buffer in response.withBytes { buffer.append(contentsOf: $0) } }
        }
    }

    private func sendReply(_ encode: (inout ByteBuffer) throws -> Void) throws {
        guard outbound.isEmpty, !link.isCongested else { return try sendReplyLater(encode) }
        let limit = limits.replySize
        try link.send(replyKind) { buffer in
            let start = buffer.count
            try encode(&buffer)
            if buffer.count - start > limit { throw RPCError.replyTooLarge(buffer.count - start, limit: limit) }
        }
    }

    /// Queues a reply. Encoding runs the result's code, which may queue other messages first.
    @inline(never)
    private func sendReplyLater(_ encode: (inout ByteBuffer) throws -> Void) throws {
        guard link.isOpen else { return }
        var reply = ByteBuffer()
        try encode(&reply)
        let size = reply.count
        guard size <= limits.replySize else { throw RPCError.replyTooLarge(size, limit: limits.replySize) }
        guard queue(QueuedReply(replyKind, reply)) else {
            throw RPCError.tooManyBytes(size, waiting: outbound.replyBytes, limit: limits.replyQueue)
        }
    }

    func sendStreamEnd(to callID: UnsafeRawBufferPointer) {
        try? sendReply { codec.writeStreamEnd(callID: callID, into: &$0) }
    }

    /// Sends an error as the response to a call.
    /// - Parameter isStream: Whether the method is a stream. Then the error ends the stream.
    func fail(_ callID: UnsafeRawBufferPointer, _ error: RPCError, isStream: Bool = false) {
        do {
            try send(error, to: callID, isStream: isStream)
        } catch let tooLarge as RPCError {
            try? send(tooLarge, to: callID, isStream: isStream)
        } catch let reason {
            log(.error, .errorData, "cannot encode the data of an error with code \(error.code): \(reason)")
            var bare = error
            bare.data = nil
            try? send(bare, to: callID, isStream: isStream)
        }
    }

    private func send(_ error: RPCError, to callID: UnsafeRawBufferPointer, isStream: Bool) throws {
        try sendReply { buffer in
            try codec.writeErrorResponse(
                callID: callID, code: error.code, message: error.message,
                extensions: .ofError(data: error.data, retryAfter: error.retryAfter), isStream: isStream,
                into: &buffer)
        }
    }

    /// Returns the error that the caller receives: an ``RPCError`` unchanged, and for any other error only the ID of
    /// its log entry.
    func answer(for error: any Error) -> RPCError {
        if var error = error as? RPCError {
            // The error comes from another server that is shutting down. Clients must not attribute it to this server.
            if error.code == .shuttingDown { error.code = .overloaded }
            return error
        }
        if error is CancellationError { return .cancelled }
        return RPCError(log.internalError(error), code: .internalError)
    }

    /// Returns a new call ID that differs from the numeric IDs of clients, which the caller may use for other calls.
    func makeCallID() -> String {
        idsMade += 1
        return "server-\(idsMade)"
    }
}

extension UnsafeRawBufferPointer {
    /// The call ID of a response to a message without one.
    static var noCallID: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: nil, count: 0) }
}

extension RPCError {
    fileprivate static func tooManyBytes(_ size: Int, waiting: Int, limit: Int) -> RPCError {
        RPCError(
            "the reply has \(size) bytes and was dropped: \(waiting) bytes are already queued; the limit is \(limit)",
            code: .replyTooLarge)
    }

    fileprivate static func replyTooLarge(_ size: Int, limit: Int) -> RPCError {
        RPCError("the reply has \(size) bytes; at most \(limit) are allowed", code: .replyTooLarge)
    }
}
