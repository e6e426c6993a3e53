import Bytes
import EventLoops

/// What is left of a body to be queued.
struct BodyUnderWay {
    enum Source {
        case bytes([UInt8])
        case file(OpenFile)
    }

    let source: Source
    let count: Int
    /// Bytes that were queued.
    var position = 0
    /// Whether a thread reads the next ones.
    var isReading = false
}

extension HTTPSession {
    /// What is queued of a body at a time. A peer that does not read costs this, and what the system holds.
    private static let chunk = 32 * 1_024
    /// Chunks of one body, of those that the system takes at once, before other connections have their turn.
    private static let chunksPerTurn = 8

    /// Answers with what a closure has made.
    func send(_ response: HTTPResponse) {
        guard let request = exchange?.request else { return }
        let answer = response.answer(to: request, isLast: turns.isLast)
        begin(answer, hasBody: answer.status == response.status && request.method == .get) {
            BodyUnderWay(source: .bytes(response.body), count: response.body.count)
        }
    }

    /// Answers with a file.
    func send(_ file: OpenFile, named name: String, _ headers: HTTPHeaders) {
        guard let request = exchange?.request else { return }
        let answer = PlainAnswer(
            file: file, named: name, headers: headers, to: request.headers, isLast: turns.isLast)
        begin(answer, hasBody: answer.status == 200 && request.method == .get) {
            BodyUnderWay(source: .file(file), count: file.size)
        }
    }

    /// Ends the connection with a refusal; nil for 404, after which it goes on.
    func refuse(_ refusal: Refusal?) {
        guard let refusal else { return send(.notFound) }
        session.refuse(refusal, toHead: exchange?.request.method == .head)
    }

    private func begin(_ answer: PlainAnswer, hasBody: Bool, _ body: () -> BodyUnderWay) {
        let date = serverLoop.date
        socket.withOutbox { answer.write(into: &$0, date: date) }
        guard hasBody, let length = answer.contentLength, length > 0 else {
            socket.setNeedsFlush()
            return endAnswer()
        }
        // The head leaves with the first of the body.
        phase = .body(body())
        sendOn()
        if case .body = phase { limitStall() }
    }

    /// Queues as much of the body as the peer has room for.
    func sendOn() {
        for _ in 0..<Self.chunksPerTurn {
            guard case .body(let body) = phase, !body.isReading else { return }
            guard body.position < body.count else { return endAnswer() }
            guard socket.hasRoom else { break }
            queue(body)
        }
        guard case .body(let body) = phase, !body.isReading, !socket.isClosed else { return }
        guard body.position < body.count else { return endAnswer() }
        socket.noteCongestion()
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
        guard case .body(var body) = phase, !socket.isClosed else { return }
        // It has been cut since its length was told: what is missing cannot be made up.
        guard bytes.count == count else { return socket.close() }
        body.isReading = false
        queue(bytes[...], of: body)
        sendOn()
    }

    private func queue(_ bytes: ArraySlice<UInt8>, of body: BodyUnderWay) {
        var body = body
        body.position += bytes.count
        phase = .body(body)
        socket.withOutbox { $0.append(contentsOf: bytes) }
        // What fits one write leaves with other answers.
        if body.position < body.count { socket.flushNow() } else { socket.setNeedsFlush() }
    }

    /// Drops a peer that takes nothing for too long.
    func limitStall() {
        let taken = socket.bytesTaken
        session.setDeadline(after: timeouts.sending) { [weak self] in
            guard let self else { return }
            guard socket.bytesTaken > taken else { return socket.close() }
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
