import EventLoops
import Foundation
import Testing
import Webshocket

@Suite(
    "A client of a Python server that stops and restarts", .enabled(if: PythonServer.canServe, PythonServer.absence),
    .timeLimit(.minutes(5)))
struct ClientRetryTests {
    @Test("reconnects after each lost connection, within the configured interval")
    func reconnect() async throws {
        let server = try await PythonServer()
        let interval = Duration.milliseconds(20)
        let configuration = ClientConfiguration.reconnecting(base: interval, cap: interval)
        let client = WebSocketClient("\(server.url)/again", configuration: configuration)
        let pauses = Locked<[Duration]>([])
        let watching = client.observe { event in
            if case .waiting(let pause, _, _) = event { pauses.withLock { $0.append(pause.duration) } }
        }
        try await client.connect()
        for _ in 0..<5 { await #expect(throws: ClientError.self) { try await client.sendRPC("cut") } }
        let counts: [String: Int] = try await client.sendRPC("connections")
        #expect(counts == ["/again": 6])
        #expect(client.statistics.connections == 6)
        #expect(pauses.withLock { $0.count == 5 && $0.allSatisfy { $0 <= interval } })
        watching.cancel()
        await client.close()
        await server.end()
    }

    @Test("gives up after the maximum number of attempts")
    func cap() async throws {
        let server = try await PythonServer()
        let client = WebSocketClient(server.url, configuration: .reconnecting(attempts: 3))
        try await client.connect()
        let events = client.events()
        await server.end()
        var tries = 0
        var reason: (any Error)?
        for await event in events {
            if case .connecting = event { tries += 1 }
            if case .closed(let error) = event {
                reason = error
                break
            }
        }
        // The lost connection was short, so it counts as the first of the three attempts.
        #expect(tries == 2)
        #expect((reason as? ClientError)?.code == .cannotConnect)
        #expect(client.state == .closed)
    }

    @Test("retries until the server is available, after random pauses that at most double")
    func backoff() async throws {
        let url = try await PythonServer.abandonedURL()
        let (base, cap) = (Duration.milliseconds(20), Duration.milliseconds(200))
        let pauses = Locked<[Int: [Duration]]>([:])
        let clients = (0..<10).map { _ in WebSocketClient(url) }
        let (fourth, sawFourth) = AsyncStream.makeStream(of: Void.self)
        let watching = clients.map { client in
            client.observe { event in
                guard case .waiting(let pause, let attempt, _) = event else { return }
                pauses.withLock { $0[attempt - 1, default: []].append(pause.duration) }
                if attempt == 5 { sawFourth.yield() }
            }
        }
        try await withThrowingTaskGroup { group in
            for client in clients {
                group.addTask { try await client.connect(retry: .exponential(base: base, cap: cap)) }
            }
            var seen = 0
            for await _ in fourth {
                seen += 1
                if seen == clients.count { break }
            }
            let server = try await PythonServer(at: url)
            try await group.waitForAll()
            for client in clients {
                #expect(client.isConnected)
                await client.close()
            }
            await server.end()
        }
        for observation in watching { observation.cancel() }
        let found = pauses.withLock(\.self)
        for (failures, pauses) in found {
            #expect(pauses.allSatisfy { $0 <= min(base * (1 << min(failures - 1, 10)), cap) }, "\(failures): \(pauses)")
        }
        #expect(Set(found[1] ?? []).count > 1)
        #expect(found[4]?.contains { $0 > base } == true)
    }

    @Test("is rejected with 503, and connects at a later attempt")
    func refused() async throws {
        let server = try await PythonServer()
        let other = WebSocketClient(server.url)
        try await other.connect()
        try await other.sendRPC("refuse_next", "/busy", 2)
        let client = WebSocketClient("\(server.url)/busy")
        try await client.connect(retry: .exponential(attempts: 3, base: .milliseconds(20), cap: .milliseconds(20)))
        #expect(client.statistics.attempts == 3 && client.statistics.connections == 1)
        await client.close()
        await other.close()
        await server.end()
    }

    @Test("queues messages while the server is unavailable, and sends them in order")
    func queue() async throws {
        let server = try await PythonServer()
        var configuration = ClientConfiguration.reconnecting()
        // A busy machine may take long to restart the server.
        configuration.offlineQueue.timeToLive = .seconds(3_600)
        configuration.callTimeout = nil
        let client = WebSocketClient(server.url, configuration: configuration)
        try await client.connect()
        let events = client.events()
        await server.end()
        for await event in events {
            if case .waiting = event { break }
        }
        try await withThrowingTaskGroup { group in
            for number in 0..<20 {
                group.addTask { try await client.send(number) }
                while client.statistics.messagesQueued <= number { try await Task.sleep(for: .milliseconds(1)) }
            }
            group.addTask {
                let sum: Int = try await client.sendRPC("add", 1, 2)
                #expect(sum == 3)
            }
            let next = try await PythonServer(at: server.url)
            try await group.waitForAll()
            let heard: [Int] = try await client.sendRPC("heard")
            #expect(heard == Array(0..<20))
            await client.close()
            await next.end()
        }
    }

    @Test("detects with its pings that a server has stopped responding")
    func silence() async throws {
        let server = try await PythonServer()
        var configuration = ClientConfiguration()
        configuration.reconnect = .never
        let interval = Duration.milliseconds(200)
        // The timeout tolerates shorter delays of a busy machine.
        configuration.heartbeat = Heartbeat(interval: interval, timeout: .seconds(3), missedPings: 2)
        let client = WebSocketClient(server.url, configuration: configuration)
        try await client.connect()
        try await client.until("pings") { ($0.asArray?.first?.asInt ?? 0) >= 2 }
        let events = client.events()
        kill(server.process.identifier, SIGSTOP)
        defer { kill(server.process.identifier, SIGCONT) }
        let stopped = ContinuousClock.now
        var reason: (any Error)?
        for await case .closed(let error) in events {
            reason = error
            break
        }
        #expect((reason as? ClientError)?.closure?.code == .abnormal)
        #expect(.now - stopped > interval)
        kill(server.process.identifier, SIGCONT)
        // The server can now read the pings that the client had sent.
        let other = WebSocketClient(server.url)
        try await other.connect()
        try await other.until("pings") { ($0.asArray?.first?.asInt ?? 0) >= 4 }
        await other.close()
        await server.end()
    }
}
