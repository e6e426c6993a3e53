#if os(Linux)
    import EventLoops
    import Foundation
    import OwnProcesses
    import Testing
    import Webshocket

    /// Runs in a child process, because file descriptors are counted per process.
    @Suite("End of a connection", .timeLimit(.minutes(5)))
    struct EndOfConnectionTests {
        /// Counts the running methods and records the connections.
        final class Handler: WebSocketHandler {
            let access = Access.everyone

            struct State {
                var running = 0
                var connections: [Connection] = []
            }

            let state = Locked(State())

            func hang(_ connection: Connection) async {
                state.withLock { $0.running += 1 }
                defer { state.withLock { $0.running -= 1 } }
                try? await Task.sleep(for: .seconds(600))
            }

            func ticks(_ connection: Connection) -> AsyncStream<Int> {
                state.withLock { $0.running += 1 }
                return AsyncStream { continuation in
                    continuation.onTermination = { _ in self.state.withLock { $0.running -= 1 } }
                }
            }

            nonisolated(nonsending) func onConnect(_ connection: Connection) async throws {
                state.withLock { $0.connections.append(connection) }
            }

            var methods: RPCMethods {
                RPCMethod("hang", hang)
                RPCMethod("ticks", ticks)
            }

            func wait(until condition: (State) -> Bool) async {
                try? await until { condition(state.withLock { $0 }) }
            }
        }

        static func descriptors() throws -> Int {
            try FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd").count
        }

        /// Connects peers that each have 100 calls and 16 streams in flight, all with a timeout.
        private static func peers(_ count: Int, _ server: WebSocketServer, _ handler: Handler) async throws -> [RawPeer]
        {
            let running = handler.state.withLock { $0.running }
            var peers: [RawPeer] = []
            for _ in 0..<count {
                let peer = try await RawPeer(port: server.port)
                var calls = Array(RawFrame.upgrade.utf8)
                for id in 0..<116 {
                    let call = #""method":"\#(id < 100 ? "hang" : "ticks")","call_id":"\#(id)","timeout":500"#
                    calls += RawFrame.text(#"{"source":5,"rpc":{"type":"request",\#(call)}}"#)
                }
                peer.send(calls)
                peers.append(peer)
            }
            await handler.wait { $0.running == running + count * 116 }
            return peers
        }

        /// Closes the peers, and returns when all of their calls, streams and connections have ended.
        private static func end(_ peers: [RawPeer], _ server: WebSocketServer, _ handler: Handler) async throws {
            for peer in peers { peer.close() }
            await handler.wait { $0.running == 0 }
            try await until { server.connectionCount == 0 }
        }

        @Test("10,000 calls and 1,600 streams end, and their timers and descriptors are released")
        func manyCalls() async {
            await #expect(processExitsWith: .success) {
                OwnProcess.end(afterSeconds: 280)
                let handler = Handler()
                try await withServer(handler) { server in
                    // The first peer creates the descriptors that the process keeps: the peers' event loop and the
                    // timer of sleeping tasks.
                    try await Self.end(try await Self.peers(1, server, handler), server, handler)
                    let before = try Self.descriptors()

                    let peers = try await Self.peers(100, server, handler)
                    let connections = handler.state.withLock { $0.connections }
                    var timers: [ObjectIdentifier: Int] = [:]
                    for connection in connections {
                        timers[ObjectIdentifier(connection.loop)] = await connection.timers
                    }
                    #expect(timers.values.reduce(0, +) >= 11_600)

                    try await Self.end(peers, server, handler)
                    // The last timer ends a little later: it checks whether a peer has left unnoticed.
                    for connection in connections { try await until { await connection.timers == 0 } }
                    // The runtime library opens a few descriptors at any time; leaked connections would add 100.
                    try await until { try Self.descriptors() <= before + 8 }
                }
            }
        }
    }

    extension Connection {
        /// The number of timers on its event loop.
        fileprivate var timers: Int {
            get async {
                let loop = loop
                return await withCheckedContinuation { continuation in
                    loop.execute { continuation.resume(returning: loop.timerCount) }
                }
            }
        }
    }
#endif
