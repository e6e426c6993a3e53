import EventLoops

extension ClientSession {
    /// Calls a streaming method. The waiter receives the first element.
    func begin(
        _ id: String, _ request: OutgoingMessage, _ buffer: StreamBuffer, window: Int, timeout: Duration?,
        _ waiter: OpenStream.Waiter
    ) {
        let timer = timeout.map { timeout in
            loop.schedule(after: timeout) { [weak self] in
                self?.giveUp(stream: id) { ClientError.timedOut(timeout, $0) }
            }
        }
        let stream = OpenStream(
            id: id, buffer, request, capacity: max(window, inboxSize), timeout: timeout, timer: timer)
        streams.add(stream)
        streams.wait(waiter, for: stream)
        updatePause()
        send(request)
    }

    func requestFailed(_ id: String, _ error: any Error) {
        if let stream = streams[id] { end(stream, .failed(error)) }
    }

    /// Waits for the next element of a stream whose buffer was empty.
    func wait(for buffer: StreamBuffer, of id: String, _ waiter: OpenStream.Waiter) {
        guard let stream = streams[id] else {
            // The stream has ended, and the outcome is in its buffer.
            return waiter.resume(returning: buffer.next().outcome ?? .success(nil))
        }
        streams.wait(waiter, for: stream)
        serve(stream)
        updatePause()
    }

    /// Grants credit and resumes reading after a consumer has taken elements.
    func settle(_ demand: StreamInbox.Demand, of id: String) {
        guard let stream = streams[id] else { return }
        if demand.credit > 0 { order(ProtocolMethod.credit.name, [.string(id), .int(Int64(demand.credit))]) }
        guard demand.isReleased else { return }
        streams.noteHoldUp(of: stream)
        updatePause()
    }

    /// Ends a stream here and on the server because its consumer was released or cancelled; a no-op if it has already
    /// ended.
    func cancel(stream id: String) {
        giveUp(stream: id) { _ in CancellationError() }
    }

    func giveUp(stream id: String, _ error: (ClientError.Delivery) -> any Error) {
        guard let stream = streams[id] else { return }
        end(stream, .failed(error(abort(id, stream.request))))
    }

    func didReceive(_ response: RPCResponse, of stream: OpenStream) {
        if response.error == .deadlineExceeded, let timeout = stream.timeout {
            end(stream, .failed(ClientError.timedOut(timeout, .maybeExecuted)))
        } else if let error = response.rpcError {
            if error.code == .shuttingDown, stream.request.way.isBehindOthers { noteShutdown(error) }
            end(stream, .failed(error))
        } else if !response.isStream {
            let message = "the method does not stream; call it with sendRPC"
            end(stream, .failed(ClientError(.unexpectedReply, message)))
        } else if response.isEnd {
            end(stream, .finished)
        } else {
            didReceive(response.data, of: stream)
        }
    }

    private func didReceive(_ element: WireValue, of stream: OpenStream) {
        // A multiplication could overflow, because the capacity may be very large.
        guard stream.buffer.arrived(element) / 8 < stream.capacity else {
            let message = "the server ignores credit, and the consumer is 8 × \(stream.capacity) elements behind"
            return giveUp(stream: stream.id) { ClientError(.streamOverflow, message, delivery: $0) }
        }
        serve(stream)
        streams.noteHoldUp(of: stream)
        updatePause()
    }

    /// Resumes a waiting consumer if an element or the end is available.
    private func serve(_ stream: OpenStream) {
        guard stream.waiter != nil else { return }
        let next = stream.buffer.next()
        guard let outcome = next.outcome else { return }
        streams.takeWaiter(of: stream)?.resume(returning: outcome)
        if case .element(_, let demand) = next { settle(demand, of: stream.id) }
    }

    func end(_ stream: OpenStream, _ ending: StreamInbox.Ending) {
        if let timer = stream.timer { loop.cancel(timer) }
        stream.buffer.end(ending)
        serve(stream)
        streams.remove(stream)
        updatePause()
    }
}
