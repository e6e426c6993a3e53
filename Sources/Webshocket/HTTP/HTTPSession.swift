import Bytes
import EventLoops

/// What a connection does while it is read from as HTTP: it answers one request after the other.
///
/// Confined to its loop. It goes when the connection ends, or becomes a WebSocket.
final class HTTPSession {
    /// What the answer that is due waits for.
    enum Phase {
        case nothing
        /// A page's closure; nil before its task is known.
        case closure(task: UInt64?)
        /// A thread that looks for a file.
        case search
        /// The peer, to read what is queued, and a thread that reads the file.
        case body(BodyUnderWay)
        /// The peer, to read what is queued.
        case room
    }

    /// What closures are run for.
    struct Exchange {
        let request: HTTPRequest
        /// To tell it from one that has had its answer.
        let number: UInt64
    }

    let session: UpgradeSession
    var turns = HTTPTurns()
    var phase = Phase.nothing
    private(set) var exchange: Exchange?
    private let tasks = TaskBag()
    private var last: UInt64 = 0
    /// What has come behind a request that is being answered: as much as one read brings, for then reading stops.
    private var held = ByteBuffer()
    private var isReadingOn = false
    /// Whether no more will come than what is held.
    private var hasReachedEnd = false

    init(_ session: UpgradeSession) {
        self.session = session
    }

    var socket: Socket { session.socket }
    var serverLoop: ServerLoop { session.serverLoop }
    var timeouts: Timeouts { serverLoop.context.configuration.timeouts }
    var isAnswering: Bool { turns.state == .answering }

    /// Keeps what cannot be read yet, and has no more come.
    func hold(_ bytes: UnsafeMutableRawBufferPointer) {
        guard !bytes.isEmpty else { return }
        held.append(contentsOf: UnsafeRawBufferPointer(bytes))
        socket.pauseReading()
    }

    // MARK: - The question

    func answer(_ request: PlainRequest) {
        session.cancelDeadline()
        turns.requestCame(isLast: request.isLast || request.hasBody || serverLoop.isShuttingDown)
        last += 1
        let context = serverLoop.context
        let verdict = context.pages.verdict(on: request, hasRoute: context.router.service(at: request.path) != nil)
        let method = HTTPRequest.Method(rawValue: request.method)
        let asked = session.httpRequest(method ?? .get, request.path, request.query, request.headers)
        exchange = Exchange(request: asked, number: last)
        switch verdict {
        case .page(let source): answer(from: source)
        case .file where serverLoop.isShuttingDown: refuse(serverLoop.refusal)
        case .file(let folder, let path, let otherwise):
            search(folder, path, isRead: method != nil, otherwise: otherwise)
        case .refuse(let refusal): refuse(serverLoop.isShuttingDown ? serverLoop.refusal : refusal)
        }
    }

    private func answer(from source: Page.Source) {
        switch source {
        case .health: send(.state("OK"))
        case .readiness where serverLoop.isShuttingDown: send(.state("shutting down", status: 503))
        case .readiness(nil): send(.state("ready"))
        case .readiness(let isReady?):
            let log = serverLoop.log
            run(as: .readiness) { _ in
                do {
                    if try await isReady() { return .state("ready") }
                } catch {
                    log(.warning, .readiness, "the server is not ready: \(error)")
                }
                return .state("not ready", status: 503)
            }
        case .closure where serverLoop.isShuttingDown, .bytes where serverLoop.isShuttingDown:
            refuse(serverLoop.refusal)
        case .closure(let body, let label): run(as: label, body)
        case .bytes(let file): send(HTTPResponse(headers: file.headers, body: file.body))
        }
    }

    // MARK: - Closures

    private func run(as label: WorkLabel, _ body: @escaping Page.Body) {
        guard let exchange else { return }
        phase = .closure(task: nil)
        let here = LoopBound(self, loop: serverLoop.loop)
        let task = tasks.start(on: serverLoop.loop, as: label) { _ in
            let outcome = await Result { try await body(exchange.request) }
            here.value.didRun(exchange.number, outcome)
        }
        guard let task else { return }
        phase = .closure(task: task)
        session.setDeadline(after: timeouts.page) { [weak self] in self?.endClosure() }
    }

    private func didRun(_ number: UInt64, _ outcome: Result<HTTPResponse, any Error>) {
        guard case .closure = phase, exchange?.number == number else { return }
        session.cancelDeadline()
        switch outcome {
        case .success(let response) where (200...599).contains(response.status): send(response)
        case .success(let response): send(failure(StatusError(status: response.status)))
        case .failure(let error): send(failure(error))
        }
    }

    /// What the peer is told of an error: where to look it up.
    private func failure(_ error: any Error) -> HTTPResponse {
        let text = serverLoop.log.internalError(error, "the page \(exchange?.request.path ?? ""): \(error)")
        return .text("\(text)\n", status: 500)
    }

    /// A closure that has not answered by now is cancelled, and answered for.
    private func endClosure() {
        guard case .closure(let task?) = phase else { return }
        serverLoop.log(
            .warning, .slowPage, "the page \(exchange?.request.path ?? "") took longer than \(timeouts.page)")
        send(.state("This page takes too long.", status: 503))
        tasks.cancel(task)
    }

    // MARK: - The end of an answer

    /// When all of it is queued: the next request is looked at when the peer has read most of what is.
    func endAnswer() {
        guard !socket.isFull else {
            phase = .room
            limitStall()
            return socket.noteCongestion()
        }
        phase = .nothing
        exchange = nil
        switch turns.answered() {
        case .next:
            session.setDeadline(after: timeouts.keepAlive) { [weak self] in self?.close() }
            readOn()
        case .close: close()
        case .nothing, .limitHead: break
        }
    }

    /// Reads what was held back, and whatever comes from here on.
    private func readOn() {
        guard !isReadingOn else { return }
        isReadingOn = true
        defer { isReadingOn = false }
        while held.count > 0, !isAnswering, session.isReadingHTTP {
            // On its own: what reads it may hold something back.
            var bytes = ByteBuffer()
            swap(&bytes, &held)
            let count = bytes.withMutableBytes { session.readHTTP($0) }
            bytes.removeFirst(count)
            if held.count == 0 { swap(&bytes, &held) }
        }
        endBehindLastRequest()
        guard held.count == 0, turns.state == .waiting || turns.state == .asking, session.isReadingHTTP else { return }
        socket.resumeReading()
        if turns.state == .waiting { session.beginRest() }
    }

    func close() {
        session.endHTTP()
        socket.closeAfterFlush(within: timeouts.sending)
    }

    // MARK: - What else happens

    func didDrain() {
        switch phase {
        case .room: endAnswer()
        case .body: sendOn()
        case .nothing, .closure, .search: break
        }
    }

    /// The peer sends no more, while nothing is read; there may be requests of it that were not. One that waits for a
    /// closure is taken to have gone.
    func peerDidEnd() {
        guard case .closure = phase else { return }
        forget()
        close()
    }

    /// The peer sends no more, and all of it has come. What is due it may still read.
    func didReachEnd() {
        hasReachedEnd = true
        peerDidEnd()
        endBehindLastRequest()
    }

    private func endBehindLastRequest() {
        guard hasReachedEnd, held.count == 0, session.isReadingHTTP else { return }
        if turns.peerEnded() == .close { close() }
    }

    func beginShutdown() {
        if turns.shutdownBegan() == .close { close() }
    }

    /// The socket has closed.
    /// - Parameter ended: called when no closure runs any more: until then its peer counts as connected, so that one
    ///   who leaves again and again does not have them run any number of times at once.
    func end(_ ended: @escaping () -> Void) {
        forget()
        held.removeAll()
        tasks.whenEmpty(ended)
    }

    /// Whoever asked has gone.
    private func forget() {
        tasks.cancelAll()
        phase = .nothing
        exchange = nil
    }
}

/// What a closure has answered with, and no server may.
private struct StatusError: Error {
    let status: Int
}

extension HTTPResponse {
    /// For whoever watches: never to be kept by anybody in between.
    static func state(_ line: String, status: Int = 200) -> HTTPResponse {
        var response = text("\(line)\n", status: status)
        response.headers.add(judgedName: "Cache-Control", value: "no-store")
        return response
    }
}

extension WorkLabel {
    fileprivate static let readiness = WorkLabel("the readiness check")
}
