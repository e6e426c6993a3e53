import EventLoops

// Messages wait while a handler has not returned, and calls also while those in flight are at their limit. `__abort__`,
// `__credit__` and `__ping__` do not wait, so a peer can always abort a call, grant credit, and see that the server is
// alive.
extension ServerConnection {
    /// Whether messages must wait, apart from those that do not wait for anything, so that they are processed in order.
    var mustWait: Bool {
        guard !isProcessingWaiting else { return false }
        return isHandlerRunning || backlog.map { !$0.isEmpty } ?? false
    }

    /// Processes a request that may not begin now: at once if it does not wait, or later.
    func processLater(
        _ request: IncomingRequest, _ kind: MessageKind, _ bytes: UnsafeRawBufferPointer, _ service: PacketService
    ) {
        let callID = request.isNotification ? nil : request.callID.map { [UInt8]($0) }
        switch FrameworkMethod(request) {
        case .abort, .ping: processAtOnce(request, service)
        case .credit:
            // Credit for a call that waits follows it.
            if let id = subject(of: request), calls.streams[id] == nil, backlog?.contains(id) == true {
                return wait(kind, bytes)
            }
            processAtOnce(request, service)
        case .authenticate, .hello:
            if mustWait { wait(kind, bytes, callID: callID) } else { dispatch(request, service) }
        case nil:
            let isStream = service.methods.method(named: request.method)?.isStream ?? false
            wait(kind, bytes, callID: callID, isCall: true, isStream: isStream)
        }
    }

    /// Keeps a message until those before it are processed.
    func wait(
        _ kind: MessageKind, _ bytes: UnsafeRawBufferPointer, callID: [UInt8]? = nil, isCall: Bool = false,
        isStream: Bool = false
    ) {
        let backlog = makeBacklog()
        backlog.append(
            MessageBacklog.Entry(
                kind: kind, bytes: [UInt8](bytes), callID: callID, isCall: isCall, isStream: isStream))
        if backlog.isFull { link.pause(.backlog) }
    }

    private func processAtOnce(_ request: IncomingRequest, _ service: PacketService) {
        dispatch(request, service)
        let loop = serverLoop.loop
        guard let pause = makeBacklog().pauseAfterPromptRequest(at: loop.now) else { return }
        link.pause(.promptRequests)
        loop.schedule(after: pause) { [weak self] in self?.link.resume(.promptRequests) }
    }

    private func makeBacklog() -> MessageBacklog {
        if let backlog { return backlog }
        let made = MessageBacklog(limit: limits.waitingMessages, at: serverLoop.loop.now)
        backlog = made
        return made
    }

    /// Aborts a request that waits. Its method does not run.
    /// - Returns: Whether a request with this ID waits.
    func abortWaiting(_ callID: [UInt8]) -> Bool {
        guard let entry = backlog?.remove(callID) else { return false }
        callID.withUnsafeBytes { fail($0, .cancelled, isStream: entry.isStream) }
        return true
    }

    /// The peer's close frame waits like a message, so that messages before it are processed.
    func linkHasWaitingMessages(_ link: WebSocketLink) -> Bool { mustWait }

    /// Lets messages wait until ``handlerReturned()``. Raw messages are not read, because all of them wait.
    func handlerBegan() {
        if service.isRaw { link.pause(.handler) } else { isHandlerRunning = true }
    }

    func handlerReturned() {
        if service.isRaw { return link.resume(.handler) }
        isHandlerRunning = false
        processWaiting()
    }

    /// Removes a reason to pause reading, and processes messages that were waiting for this.
    func resume(_ reason: WebSocketLink.PauseReasons) {
        link.resume(reason)
        processWaiting()
    }

    /// Processes messages that wait, as far as they may be processed now. During a shutdown, requests are refused.
    func processWaiting() {
        guard !isProcessingWaiting else { return }
        if let backlog {
            isProcessingWaiting = true
            while link.isOpen, let entry = backlog.first, mayProcess(entry) {
                _ = backlog.removeFirst()
                entry.bytes.withUnsafeBytes { link(link, didReceive: entry.kind, $0) }
            }
            isProcessingWaiting = false
            if backlog.isUnused(at: serverLoop.loop.now) { self.backlog = nil }
            if backlog.hasRoom { link.resume(.backlog) }
        }
        if !mustWait { link.acceptHeldClose() }
    }

    private func mayProcess(_ entry: MessageBacklog.Entry) -> Bool {
        if isDraining { return !link.isPaused(besides: [.backlog, .promptRequests, .hub, .memberships, .close]) }
        return !isHandlerRunning && (!entry.isCall || hasRoomForCalls)
            && !link.isPaused(besides: [.backlog, .promptRequests, .close])
    }
}
