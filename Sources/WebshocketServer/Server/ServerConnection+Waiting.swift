import EventLoops

// Messages wait while a handler has not returned, and calls also while those in flight are at their limit. Orders that
// concern earlier calls do not wait, so a peer can always abort a call, grant credit, and see that the server is alive.
extension ServerConnection {
    /// Whether every message except orders must wait, so that messages are processed in order.
    var mustWait: Bool { isHandlerRunning || backlog.map { !$0.isEmpty } ?? false }

    /// Processes a request that may not begin now: an order at once, another request later.
    func processLater(
        _ request: IncomingRequest, _ kind: MessageKind, _ bytes: UnsafeRawBufferPointer, _ service: PacketService
    ) {
        switch FrameworkMethod(request) {
        case .abort, .ping: obeyAtOnce(request, service)
        case .credit:
            // Credit for a call that waits follows it.
            if let id = subject(of: request), backlog?.contains(id) == true {
                return wait(kind, bytes)
            }
            obeyAtOnce(request, service)
        case .authenticate, .hello:
            if mustWait { wait(kind, bytes) } else { dispatch(request, service) }
        case nil:
            let callID = request.isNotification ? nil : request.callID.map { [UInt8]($0) }
            wait(kind, bytes, callID: callID, isCall: true)
        }
    }

    /// Keeps a message until those before it are processed.
    func wait(_ kind: MessageKind, _ bytes: UnsafeRawBufferPointer, callID: [UInt8]? = nil, isCall: Bool = false) {
        let backlog = makeBacklog()
        backlog.append(MessageBacklog.Entry(kind: kind, bytes: [UInt8](bytes), callID: callID, isCall: isCall))
        if backlog.isFull { link.pause(.backlog) }
    }

    private func obeyAtOnce(_ order: IncomingRequest, _ service: PacketService) {
        dispatch(order, service)
        let loop = serverLoop.loop
        guard let pause = makeBacklog().pauseAfterOrder(at: loop.now) else { return }
        link.pause(.orders)
        loop.schedule(after: pause) { [weak self] in self?.link.resume(.orders) }
    }

    private func makeBacklog() -> MessageBacklog {
        if let backlog { return backlog }
        let made = MessageBacklog(limit: limits.waitingMessages, at: serverLoop.loop.now)
        backlog = made
        return made
    }

    /// Aborts a call that waits. Its method does not run.
    /// - Returns: Whether a call with this ID waits.
    func abortWaiting(_ callID: [UInt8]) -> Bool {
        guard let backlog, backlog.remove(callID) else { return false }
        callID.withUnsafeBytes { fail($0, .cancelled) }
        if backlog.hasRoom { link.resume(.backlog) }
        return true
    }

    /// Lets messages wait until ``handlerReturned()``. Raw messages are not read, because none of them is an order.
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
        guard !isProcessingWaiting, let backlog else { return }
        isProcessingWaiting = true
        // While a message is processed, there is no backlog, so it does not wait again.
        while link.isOpen, let entry = backlog.first, mayProcess(entry) {
            self.backlog = nil
            _ = backlog.removeFirst()
            entry.bytes.withUnsafeBytes { link(link, didReceive: entry.kind, $0) }
            self.backlog = backlog
        }
        isProcessingWaiting = false
        if backlog.isEmpty { self.backlog = nil }
        if backlog.hasRoom { link.resume(.backlog) }
    }

    private func mayProcess(_ entry: MessageBacklog.Entry) -> Bool {
        if isDraining { return true }
        return !isHandlerRunning && (!entry.isCall || hasRoomForCalls) && !link.isPaused(besides: [.backlog, .orders])
    }
}
