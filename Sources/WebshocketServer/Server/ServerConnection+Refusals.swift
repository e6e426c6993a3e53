// Responses to requests that do not run.
extension ServerConnection {
    /// Answers a call with an error without running it.
    func refuse(_ request: IncomingRequest, _ service: PacketService, _ error: RPCError) {
        let isStream = service.methods.method(named: request.method)?.isStream ?? false
        IncomingCall(core: self, request: request, isStream: isStream, timeout: nil).fail(error)
    }

    func hasLongCallID(_ request: IncomingRequest) -> Bool {
        guard let callID = request.callID else { return false }
        return callID.count > limits.callID
    }

    /// Answers a request whose `call_id` is too long. The response has an empty `call_id`.
    func refuseCallID(ofBytes count: Int, isNotification: Bool) {
        guard !isNotification else { return }
        fail(
            .noCallID,
            RPCError("call_id has \(count) bytes; at most \(limits.callID) are allowed", code: .invalidParameters))
    }

    /// Returns the request in a message that the parser has refused; nil if the message is not a request.
    func refusedRequest(_ kind: MessageKind, _ bytes: UnsafeRawBufferPointer) -> RefusedRequest? {
        guard kind == .binary || codec == .json else { return nil }
        return RefusedRequest(bytes, as: codec, callIDLimit: limits.callID)
    }

    /// Answers a request that cannot be parsed, under its `call_id`.
    func refuse(_ request: RefusedRequest, _ service: PacketService, _ error: PacketError) {
        guard request.callIDCount <= limits.callID else {
            return refuseCallID(ofBytes: request.callIDCount, isNotification: request.isNotification)
        }
        guard !isDraining else { return fail(request, service, shuttingDown) }
        let error = error == .malformed && request.hasLoneSurrogate ? .loneSurrogate : error
        if admitsPacket(to: service, as: request) { fail(request, service, RPCError("\(error)", code: .notAPacket)) }
    }

    /// Answers a message that has no handler.
    /// - Parameter request: The request, if the message is an invalid one; nil for any other message.
    func refuseUnhandled(_ error: RPCError, _ service: PacketService, as request: RefusedRequest? = nil) {
        if let request { fail(request, service, error) } else { fail(.noCallID, error) }
    }

    func fail(_ request: RefusedRequest, _ service: PacketService, _ error: RPCError) {
        guard !request.isNotification else { return }
        // A call ID that the client itself would refuse is not sent back.
        let callID = request.callID.flatMap { PeerText.hasShortRuns($0[...]) ? $0 : nil } ?? []
        let isStream = request.method.withUnsafeBytes { service.methods.method(named: $0) }?.isStream ?? false
        callID.withUnsafeBytes { fail($0, error, isStream: isStream) }
    }
}
