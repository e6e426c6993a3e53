import EventLoops
import Testing

@Suite("Connecting", .timeLimit(.minutes(5)))
struct ConnectTests {
    private let loop = EventLoopGroup.shared.next()

    private func failure(of endpoint: Endpoint, timeout: Duration = .seconds(50)) async -> SocketError? {
        do throws(SocketError) {
            try await Socket.connect(to: endpoint, on: loop, timeout: timeout) { $0.close() }
            return nil
        } catch {
            return error
        }
    }

    @Test("fails if no process listens on the port")
    func refused() async throws {
        let listener = try await Listener.listen(on: .tcp(host: "127.0.0.1", port: 0), loops: [loop]) { $0.close() }
        await listener.close()
        #expect(await failure(of: Endpoint(listener.localAddress)) == SocketError(.connectionRefused, .connect))
    }

    @Test(
        "fails for a host name that has no address",
        arguments: ["no-such-host.invalid", "", "a\0b", String(repeating: "x", count: 300)])
    func unresolvable(host: String) async {
        #expect(await failure(of: .tcp(host: host, port: 80)) == SocketError(.hostNotFound, .resolve))
    }

    @Test("fails for a path without a socket, and for a path that is too long")
    func paths() async {
        #expect(await failure(of: .unix(path: temporaryPath())) == SocketError(.noSuchFile, .connect))
        let long = "/tmp/" + String(repeating: "x", count: 200)
        #expect(await failure(of: .unix(path: long)) == SocketError(.nameTooLong, .connect))
    }

    @Test("resolves a host name")
    func names() async throws {
        try await withServer { listener, accepted, loop in
            guard let port = listener.localAddress.port else { return }
            let client = try await Peer.connect(to: .tcp(host: "localhost", port: port), on: loop)
            _ = try await accepted.next()
            await client.close()
        }
    }

    /// Calls `body` with the endpoint of a listener whose backlog is full: the kernel does not answer new connections.
    private func withDeafListener(_ body: (Endpoint) async throws -> Void) async throws {
        let group = EventLoopGroup(loops: 1, name: "deaf")
        let listener = try await Listener.listen(
            on: .tcp(host: "127.0.0.1", port: 0), loops: group.loops, backlog: 0
        ) { $0.close() }
        let release = BlockedLoop(group.loops[0])
        await release.entered()
        var held: [ConnectAttempt] = []
        // More connections than the backlog has room for.
        for _ in 0..<4 {
            held.append(
                Socket.connect(to: Endpoint(listener.localAddress), on: loop, timeout: .seconds(60)) { result in
                    if case .success(let socket) = result { socket.close() }
                })
        }
        let body = try await Result { try await body(Endpoint(listener.localAddress)) }
        for attempt in held { attempt.cancel() }
        release.open()
        await listener.close()
        await group.shutdown()
        try body.get()
    }

    @Test("times out if the peer does not answer")
    func timeout() async throws {
        try await withDeafListener { endpoint in
            let start = ContinuousClock.now
            #expect(await failure(of: endpoint, timeout: .milliseconds(50)) == SocketError(.timedOut, .connect))
            #expect(ContinuousClock.now - start >= .milliseconds(50))
        }
    }

    @Test("connects to another address if the first ones refuse the connection or do not answer")
    func race() async throws {
        try await withDeafListener { deaf in
            guard case .tcp(let host, let port) = deaf else { return }
            let listener = try await Listener.listen(on: .tcp(host: "127.0.0.1", port: 0), loops: [loop]) { $0.close() }
            let addresses = [.ipv6(host: "::1", port: 1), .ipv4(host: host, port: port), listener.localAddress]
            let found: SocketAddress? = await withCheckedContinuation { continuation in
                Socket.connect(toFirstOf: addresses, on: loop, timeout: .seconds(30)) { result in
                    let socket = try? result.get()
                    continuation.resume(returning: socket?.remoteAddress)
                    socket?.close()
                }
            }
            #expect(found == listener.localAddress)
            await listener.close()
        }
    }

    @Test("is cancelled with its task", arguments: [false, true])
    func cancellation(before: Bool) async throws {
        try await withDeafListener { endpoint in
            let attempt = Task {
                if before { withUnsafeCurrentTask { $0?.cancel() } }
                return await failure(of: endpoint, timeout: .seconds(60))
            }
            if !before {
                // The attempt has started when the loop has run this.
                await loop.run {}
                attempt.cancel()
            }
            #expect(await attempt.value?.code == .cancelled)
        }
    }

    @Test("fails on a loop that has ended")
    func ended() async {
        let group = EventLoopGroup(loops: 1, name: "ended")
        await group.shutdown()
        do throws(SocketError) {
            try await Socket.connect(to: .tcp(host: "127.0.0.1", port: 1), on: group.loops[0], timeout: .seconds(1)) {
                $0.close()
            }
            Issue.record("connected on a loop that has ended")
        } catch {
            #expect(error == SocketError(.cancelled, .connect))
        }
    }
}

extension Result where Failure == any Error {
    init(_ body: () async throws -> Success) async throws {
        do { self = .success(try await body()) } catch { self = .failure(error) }
    }
}
