import EventLoops
import Testing
import Webshocket

@Suite("A client with a server's retry advice", .timeLimit(.minutes(5)))
struct ServerAdviceTests {
    static let start = ContinuousClock.now
    static let policy = RetryPolicy.exponential(base: .seconds(1), cap: .seconds(8), healthyAfter: .seconds(10))

    /// The pauses after connections that end at once, or after failed attempts.
    private func pauses(
        _ count: Int, _ outlook: ReconnectMachine.Outlook, chance: Double = 1, opens: Bool = true
    ) -> [Duration] {
        var machine = ReconnectMachine(reconnect: Self.policy)
        var pauses: [Duration] = []
        _ = machine.connectRequested(retry: Self.policy)
        for _ in 0..<count {
            if opens {
                machine.attemptSucceeded()
                machine.prepared(at: Self.start)
            }
            let action =
                opens
                ? machine.connectionEnded(outlook, at: Self.start, chance: chance)
                : machine.attemptFailed(outlook, at: Self.start, chance: chance)
            guard case .wait(let until, _) = action else { return pauses }
            pauses.append(until - Self.start)
            _ = machine.timeCame()
        }
        return pauses
    }

    @Test(
        "waits at least its own growing pause, after short connections and after failed attempts",
        arguments: [.zero, .seconds(-1), .milliseconds(1), .seconds(-9_000_000_000)] as [Duration], [true, false])
    func growing(advice: Duration, opens: Bool) {
        let own: [Duration] = [.seconds(1), .seconds(2), .seconds(4), .seconds(8), .seconds(8)]
        #expect(pauses(5, .after(advice), opens: opens) == own)
        #expect(pauses(5, .notBefore(advice), opens: opens) == own.map { $0 + max(advice, .zero) })
    }

    @Test("waits the longer of its own pause and individual advice")
    func longer() {
        #expect(pauses(5, .after(.seconds(3))) == [.seconds(3), .seconds(3), .seconds(4), .seconds(8), .seconds(8)])
        #expect(pauses(3, .after(.seconds(3)), chance: 0) == [.seconds(3), .seconds(3), .seconds(3)])
    }

    @Test("adds its own pause to advice that other clients got too")
    func shared() {
        #expect(pauses(3, .notBefore(.seconds(3)), chance: 0.5) == [.seconds(3.5), .seconds(4), .seconds(5)])
    }

    @Test(
        "waits at most a week", arguments: [604_800, 604_801, 2_592_000, Int64.max] as [Int64], [true, false])
    func week(seconds: Int64, opens: Bool) {
        let week = Duration.seconds(604_800)
        #expect(pauses(1, .after(.seconds(seconds)), opens: opens) == [week])
        #expect(pauses(1, .notBefore(.seconds(seconds)), opens: opens) == [week + .seconds(1)])
    }

    @Test("starts again with the shortest pause only after a healthy connection")
    func healthy() {
        var machine = ReconnectMachine(reconnect: Self.policy)
        _ = machine.connectRequested(retry: nil)
        var pauses: [Duration] = []
        for life in [9, 9, 9, 10, 9] as [Int] {
            machine.attemptSucceeded()
            machine.prepared(at: Self.start)
            let end = Self.start + .seconds(life)
            guard case .wait(let until, _) = machine.connectionEnded(.after(.zero), at: end, chance: 1) else { break }
            pauses.append(until - end)
            _ = machine.timeCame()
        }
        #expect(pauses == [.seconds(1), .seconds(2), .seconds(4), .seconds(1), .seconds(1)])
    }

    @Test(
        "parses the advice in a handshake response, in seconds or as a date",
        arguments: [
            ("Retry-After: 0", .zero), ("Retry-After: 120", .seconds(120)), ("Retry-After: 0120", .seconds(120)),
            ("Retry-After: 86401", .seconds(86_401)), ("Retry-After: 2592000", .seconds(604_800)),
            ("Retry-After: 99999999999999999999999", .seconds(604_800)),
            ("Retry-After: 1.5", nil), ("Retry-After: -5", nil), ("Retry-After: +5", nil), ("Retry-After: 5 s", nil),
            ("Retry-After: ", nil), ("Retry-After: nan", nil), ("Retry-After: 1e3", nil), ("Retry-After: 5, 7", nil),
            ("Retry-After: soon", nil), ("Retry-After: 5\r\nRetry-After: 7", .seconds(7)),
            ("Retry-After: soon\r\nRetry-After: 7", .seconds(7)),
            ("Date: Sun, 06 Nov 1994 08:49:37 GMT\r\nRetry-After: Sun, 06 Nov 1994 08:50:07 GMT", .seconds(30)),
            ("Date: Sun, 06 Nov 1994 08:49:37 GMT\r\nRetry-After: Sunday, 06-Nov-94 08:50:07 GMT", .seconds(30)),
            ("Date: Sun, 06 Nov 1994 08:49:37 GMT\r\nRetry-After: Sun Nov  6 08:50:07 1994", .seconds(30)),
            ("Date: Sun, 06 Nov 1994 08:49:37 GMT\r\nRetry-After: Sun, 06 Nov 1994 08:49:07 GMT", .zero),
            ("Date: Sun, 06 Nov 1994 08:49:37 GMT\r\nRetry-After: Mon, 06 Nov 9995 08:49:37 GMT", .seconds(604_800)),
            ("Retry-After: Sun, 06 Nov 1994 08:49:37 GMT", .zero),
            ("Retry-After: Mon, 06 Nov 9995 08:49:37 GMT", .seconds(604_800)),
            ("Retry-After: Sun, 31 Feb 2100 08:49:37 GMT", nil), ("Retry-After: Sun, 06 Nov 1994 08:49:37 CET", nil),
        ] as [(String, Duration?)])
    func retryAfter(headers: String, pause: Duration?) async throws {
        let answer = "HTTP/1.1 503 Service Unavailable\r\n\(headers)\r\nContent-Length: 0\r\n\r\n"
        try await withFixedAnswer(answer) { url in
            let error = await #expect(throws: ClientError.self) { try await WebSocketClient(url).connect() }
            #expect(error?.code == .upgradeRefused && error?.httpStatus == 503)
            #expect(error?.retryAfter == pause)
        }
    }
}

/// Answers the first bytes of each connection with the same text, and closes it.
private func withFixedAnswer(_ answer: String, _ body: (_ url: String) async throws -> Void) async throws {
    let listener = try await Listener.listen(
        on: .tcp(host: "127.0.0.1", port: 0), loops: [EventLoopGroup.shared.next()]
    ) { $0.start(delegate: FixedAnswer(answer)) }
    do {
        try await body("ws://127.0.0.1:\(listener.localAddress.port ?? 0)")
    } catch {
        await listener.close()
        throw error
    }
    await listener.close()
}

private final class FixedAnswer: TransportDelegate {
    private let answer: String
    private var hasAnswered = false

    init(_ answer: String) { self.answer = answer }

    func transport(_ socket: Transport, didRead bytes: UnsafeMutableRawBufferPointer) {
        guard !hasAnswered else { return }
        hasAnswered = true
        socket.outbox.append(contentsOf: Array(answer.utf8))
        socket.setNeedsFlush()
        socket.closeAfterFlush()
    }
    func transportDidDrain(_ socket: Transport) {}
    func transportPeerDidEnd(_ socket: Transport) {}
    func transportDidReachEnd(_ socket: Transport) { socket.close() }
    func transportDidClose(_ socket: Transport, error: SocketError?) {}
}
