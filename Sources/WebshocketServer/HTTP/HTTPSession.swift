import Bytes
import EventLoops

/// The HTTP side of a connection. It responds to one request at a time.
///
/// Confined to the connection's loop. It is released when the connection ends or becomes a WebSocket.
final class HTTPSession {
    /// The event that the pending response waits for.
    enum Phase {
        case nothing
        /// The end of a page's closure; `task` is nil until the closure suspends.
        case closure(task: UInt64?)
        /// The result of a thread that looks for a file.
        case search
        /// The peer, which must read queued bytes, or a thread that reads a file.
        case body(BodyUnderWay)
        /// The peer, which must read queued bytes. The whole response is queued.
        case room
    }

    /// A request that is being answered.
    struct Exchange {
        let request: HTTPRequest
        /// A number that distinguishes the exchange from earlier ones.
        let number: UInt64
    }

    let session: UpgradeSession
    var turns = HTTPTurns()
    var phase = Phase.nothing
    private(set) var exchange: Exchange?
    private let tasks = TaskBag()
    private var last: UInt64 = 0
    /// Bytes that were received after a request that is being answered. They are from a single read, because reading
    /// then pauses.
    private var held = ByteBuffer()
    private var isReadingOn = false
    /// Whether the peer has ended its side, so that no bytes follow those in `held`.
    private var hasReachedEnd = false

    init(_ session: UpgradeSession) {
        self.session = session
    }

    var transport: Transport { session.transport }
    var serverLoop: ServerLoop { session.serverLoop }
    var timeouts: ServerTimeouts { serverLoop.context.configuration.timeouts }
    var isAnswering: Bool { turns.state == .answering }

    /// Stores bytes that cannot be parsed yet, and pauses reading.
    func hold(_ bytes: UnsafeMutableRawBufferPointer) {
        guard !bytes.isEmpty else { return }
        held.append(contentsOf: UnsafeRawBufferPointer(bytes))
        transport.pauseReading()
    }

    // MARK: - Requests

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

    private func answer(from source: HTTPRoute.Source) {
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

    private func run(as label: WorkLabel, _ body: @escaping HTTPRoute.Body) {
        guard let exchange else { return }
        phase = .closure(task: nil)
        let here = LoopBound(self, loop: serverLoop.loop)
        let task = tasks.start(on: serverLoop.loop, as: label) { _ in
            let outcome = await Result { try await body(exchange.request) }
            here.value.didRun(exchange.number, outcome)
        }
        guard let task else { return }
        phase = .closure(task: task)
        session.setDeadline(after: timeouts.httpResponse) { [weak self] in self?.endClosure() }
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

    /// Logs an error, and makes the response for it, which contains only the ID of the log entry.
    private func failure(_ error: any Error) -> HTTPResponse {
        let text = serverLoop.log.internalError(error, "page '\(exchange?.request.path ?? "")' failed: \(error)")
        return .text("\(text)\n", status: 500)
    }

    /// Cancels a closure that has exceeded its time limit, and responds in its place.
    private func endClosure() {
        guard case .closure(let task?) = phase else { return }
        serverLoop.log(
            .warning, .slowPage, "page '\(exchange?.request.path ?? "")' took longer than \(timeouts.httpResponse)")
        send(.state("The page took too long.", status: 503))
        tasks.cancel(task)
    }

    // MARK: - End of a response

    /// Ends a response that is completely queued. The next request is parsed when the peer has read most of the
    /// response.
    func endAnswer() {
        guard !transport.isFull else {
            phase = .room
            limitStall()
            return transport.noteCongestion()
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

    /// Parses the bytes in `held`, then resumes reading.
    private func readOn() {
        guard !isReadingOn else { return }
        isReadingOn = true
        defer { isReadingOn = false }
        while held.count > 0, !isAnswering, session.isReadingHTTP {
            // Parsed outside of `held`, because parsing may store bytes there.
            var bytes = ByteBuffer()
            swap(&bytes, &held)
            let count = bytes.withMutableBytes { session.readHTTP($0) }
            bytes.removeFirst(count)
            if held.count == 0 { swap(&bytes, &held) }
        }
        endAfterLastRequest()
        guard held.count == 0, turns.state == .waiting || turns.state == .asking, session.isReadingHTTP else { return }
        transport.resumeReading()
        if turns.state == .waiting { session.beginRest() }
    }

    func close() {
        session.endHTTP()
        transport.closeAfterFlush(within: timeouts.write)
    }

    // MARK: - Other events

    func didDrain() {
        switch phase {
        case .room: endAnswer()
        case .body: sendOn()
        case .nothing, .closure, .search: break
        }
    }

    /// Handles the end of the peer's side while reading is paused. Some of its requests may not have been read. A peer
    /// that waits for a closure is assumed to have disconnected.
    func peerDidEnd() {
        guard case .closure = phase else { return }
        forget()
        close()
    }

    /// Handles the end of the peer's side after all its bytes were received. The peer can still read pending responses.
    func didReachEnd() {
        hasReachedEnd = true
        peerDidEnd()
        endAfterLastRequest()
    }

    private func endAfterLastRequest() {
        guard hasReachedEnd, held.count == 0, session.isReadingHTTP else { return }
        if turns.peerEnded() == .close { close() }
    }

    func beginShutdown() {
        if turns.shutdownBegan() == .close { close() }
    }

    /// Handles the end of the transport.
    /// - Parameter ended: Called when no closure is running any more. Until then the peer counts as connected, so it
    ///   cannot start more and more closures by reconnecting.
    func end(_ ended: @escaping () -> Void) {
        forget()
        held.removeAll()
        tasks.whenEmpty(ended)
    }

    /// Cancels the request that is being answered, because the client has disconnected.
    private func forget() {
        tasks.cancelAll()
        phase = .nothing
        exchange = nil
    }
}

/// The error of a page's closure that has returned a response with an invalid status code.
private struct StatusError: Error {
    let status: Int
}

extension HTTPResponse {
    /// Creates a response about the state of the server. It must not be cached.
    static func state(_ line: String, status: Int = 200) -> HTTPResponse {
        var response = text("\(line)\n", status: status)
        response.headers.add(validatedName: "Cache-Control", value: "no-store")
        return response
    }
}

extension WorkLabel {
    fileprivate static let readiness = WorkLabel("the readiness check")
}
