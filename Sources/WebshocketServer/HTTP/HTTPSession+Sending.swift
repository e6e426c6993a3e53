import Bytes
import EventLoops

/// A body that is being sent.
struct BodyUnderWay {
    enum Source {
        case bytes([UInt8])
        case file(OpenFile)
    }

    let source: Source
    let count: Int
    /// The number of bytes that have been queued.
    var position = 0
    /// Whether a thread is reading the next bytes from the file.
    var isReading = false
}

extension HTTPSession {
    /// The number of bytes of a body that are queued at a time. This bounds the memory for a peer that does not read,
    /// in addition to the buffers of the operating system.
    private static let chunk = 32 * 1_024
    /// The number of chunks of one body that are queued before other connections get a turn.
    private static let chunksPerTurn = 8

    /// Sends the response of a page's closure.
    func send(_ response: HTTPResponse) {
        guard let request = exchange?.request else { return }
        let answer = response.answer(to: request, isLast: turns.isLast)
        begin(answer, hasBody: answer.status == response.status && request.method == .get) {
            BodyUnderWay(source: .bytes(response.body), count: response.body.count)
        }
    }

    /// Sends a file as the response.
    func send(_ file: OpenFile, named name: String, _ headers: HTTPHeaders) {
        guard let request = exchange?.request else { return }
        let answer = PlainAnswer(
            file: file, named: name, headers: headers, to: request.headers, isLast: turns.isLast)
        begin(answer, hasBody: answer.status == 200 && request.method == .get) {
            BodyUnderWay(source: .file(file), count: file.size)
        }
    }

    /// Refuses the request and ends the connection.
    /// - Parameter refusal: Nil for 404, which does not end the connection.
    func refuse(_ refusal: Refusal?) {
        guard let refusal else { return send(.notFound) }
        session.refuse(refusal, toHead: exchange?.request.method == .head)
    }

    private func begin(_ answer: PlainAnswer, hasBody: Bool, _ body: () -> BodyUnderWay) {
        let date = serverLoop.date
        transport.withOutbox { answer.write(into: &$0, date: date) }
        guard hasBody, let length = answer.contentLength, length > 0 else {
            transport.setNeedsFlush()
            return endAnswer()
        }
        // The head is flushed together with the start of the body.
        phase = .body(body())
        sendOn()
        if case .body = phase { limitStall() }
    }

    /// Queues as much of the body as there is room for.
    func sendOn() {
        for _ in 0..<Self.chunksPerTurn {
            guard case .body(let body) = phase, !body.isReading else { return }
            guard body.position < body.count else { return endAnswer() }
            guard transport.hasRoom else { break }
            queue(body)
        }
        guard case .body(let body) = phase, !body.isReading, !transport.isClosed else { return }
        guard body.position < body.count else { return endAnswer() }
        transport.noteCongestion()
    }

    private func queue(_ body: BodyUnderWay) {
        let count = min(Self.chunk, body.count - body.position)
        switch body.source {
        case .bytes(let bytes): queue(bytes[body.position..<body.position + count], of: body)
        case .file(let file):
            phase = .body(body.reading)
            let position = body.position
            serverLoop.loop.aside {
                file.read(at: position, count: count)
            } then: { [weak self] bytes in
                self?.didRead(bytes, of: count)
            }
        }
    }

    private func didRead(_ bytes: [UInt8], of count: Int) {
        guard case .body(var body) = phase, !transport.isClosed else { return }
        // The file was truncated after its length was sent, so the response cannot be completed.
        guard bytes.count == count else { return transport.close() }
        body.isReading = false
        queue(bytes[...], of: body)
        sendOn()
    }

    private func queue(_ bytes: ArraySlice<UInt8>, of body: BodyUnderWay) {
        var body = body
        body.position += bytes.count
        phase = .body(body)
        transport.withOutbox { $0.append(contentsOf: bytes) }
        // The last bytes are flushed together with other responses.
        if body.position < body.count { transport.flushNow() } else { transport.setNeedsFlush() }
    }

    /// Closes the connection if the peer reads no data for too long.
    func limitStall() {
        let taken = transport.bytesTaken
        session.setDeadline(after: timeouts.write) { [weak self] in
            guard let self else { return }
            guard transport.bytesTaken > taken else { return transport.close() }
            limitStall()
        }
    }
}

extension BodyUnderWay {
    fileprivate var reading: BodyUnderWay {
        var body = self
        body.isReading = true
        return body
    }
}
