#if os(Linux)
    import EventLoops
    import Foundation
    import Glibc
    import Testing

    /// In processes of their own, since descriptors are the process's.
    @Suite("Descriptors", .timeLimit(.minutes(2)))
    struct DescriptorTests {
        static func openDescriptors() throws -> Int {
            try FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd").count
        }

        @Test("are all given back after 2,000 connections, their loops and their listener")
        func noLeak() async {
            await #expect(processExitsWith: .success) {
                try await withServer(delegate: Recorder.echo) { listener, _, loop in
                    func visit() async throws {
                        let peer = try await Peer.connect(to: listener.localAddress, on: loop)
                        await peer.send([1])
                        await peer.recorder.wait { $0.received == [1] }
                        await peer.run { $0.closeAfterFlush() }
                        _ = await peer.recorder.closed()
                    }
                    try await visit()
                    let before = try DescriptorTests.openDescriptors()
                    for _ in 0..<2_000 { try await visit() }
                    #expect(try DescriptorTests.openDescriptors() <= before + 1)
                }
                let before = try DescriptorTests.openDescriptors()
                try await withServer(loops: 3) { _, _, _ in }
                #expect(try DescriptorTests.openDescriptors() == before)
            }
        }

        @Test("that run out make the listener stand back, and it goes on when some are free again")
        func runOut() async {
            await #expect(processExitsWith: .success) {
                let group = EventLoopGroup(loops: 1, name: "server")
                // A call per connection that is accepted, without an error, and per error.
                let (events, report) = AsyncStream.makeStream(of: SocketError?.self)
                let listener = try await Listener.listen(
                    on: .tcp(host: "127.0.0.1", port: 0), loops: group.loops, onAcceptError: { report.yield($0) }
                ) { socket in
                    report.yield(nil)
                    socket.start(delegate: Recorder.echo())
                }
                var reports = events.makeAsyncIterator()
                let client = try await Peer.connect(to: listener.localAddress, on: EventLoopGroup.shared.next())
                await client.send([1])
                await client.recorder.wait { $0.received == [1] }
                #expect(await reports.next() == .some(nil))

                // Room for the client's end of one more connection, and for none on the server's side. The runtime may
                // have held descriptors for a moment, and given them back since: then it is accepted, and another fails.
                var hogs: [Int32] = []
                var limit = rlimit()
                getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
                limit.rlim_cur = rlim_t(try DescriptorTests.openDescriptors() + 40)
                setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
                var waiting: Peer
                var event: SocketError??
                repeat {
                    while case let hog = open("/dev/null", O_RDONLY), hog >= 0 { hogs.append(hog) }
                    close(hogs.removeLast())
                    waiting = try await Peer.connect(to: listener.localAddress, on: EventLoopGroup.shared.next())
                    await waiting.send([2])
                    event = await reports.next()
                } while event == .some(nil)
                #expect(event == SocketError(.tooManyFiles, .accept))
                let (start, spentBefore) = (ContinuousClock.now, clock())

                // Those that are there are served, the one that waits is neither served nor dropped.
                await client.send([3])
                await client.recorder.wait { $0.received == [1, 3] }
                #expect(waiting.recorder.record.received.isEmpty && waiting.recorder.record.closes == 0)

                // Until the next report, a second behind the first, nothing spins: under a quarter of a core.
                #expect(await reports.next() == SocketError(.tooManyFiles, .accept))
                let elapsed = ContinuousClock.now - start
                #expect(elapsed > .milliseconds(500))
                #expect(.microseconds(clock() - spentBefore) < elapsed / 4)

                for hog in hogs { close(hog) }
                await waiting.recorder.wait { $0.received == [2] }
                await listener.close()
            }
        }
    }
#endif
