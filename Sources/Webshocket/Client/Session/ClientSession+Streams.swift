import EventLoops

extension ClientSession {
    /// Calls a streaming method; the waiter gets its first element.
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

    /// Waits for the next element of a stream whose buffer was found empty.
    func wait(for buffer: StreamBuffer, of id: String, _ waiter: OpenStream.Waiter) {
        guard let stream = streams[id] else {
            // It has ended, and its buffer knows how.
            return waiter.resume(returning: buffer.next().outcome ?? .success(nil))
        }
        streams.wait(waiter, for: stream)
        serve(stream)
        updatePause()
    }

    /// Acts on what a consumer has taken.
    func settle(_ demand: StreamInbox.Demand, of id: String) {
        guard let stream = streams[id] else { return }
        if demand.credit > 0 { order(ProtocolMethod.credit.name, [.string(id), .int(Int64(demand.credit))]) }
        guard demand.isReleased else { return }
        streams.noteHoldUp(of: stream)
        updatePause()
    }

    /// Ends a stream here and on the server, because its consumer is gone or was cancelled; harmless when it has ended.
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

    private func didReceive(_ element: Value, of stream: OpenStream) {
        // By division: the capacity may be as large as a number can be.
        guard stream.buffer.arrived(element) / 8 < stream.capacity else {
            let message = "the server heeds no credit, and the consumer is 8 × \(stream.capacity) elements behind"
            return giveUp(stream: stream.id) { ClientError(.streamOverflow, message, delivery: $0) }
        }
        serve(stream)
        streams.noteHoldUp(of: stream)
        updatePause()
    }

    /// Gives the consumer what it waits for, if it waits and there is something.
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
