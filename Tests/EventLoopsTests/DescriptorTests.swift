#if os(Linux)
    import EventLoops
    import Foundation
    import Glibc
    import OwnProcesses
    import Testing

    /// These are exit tests, because all tests of a process share its descriptors.
    @Suite("Descriptors", .timeLimit(.minutes(5)))
    struct DescriptorTests {
        static func openDescriptors() throws -> Int {
            try FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd").count
        }

        /// Waits until at most `count` descriptors are open. The runtime opens some for a short time.
        static func waitForDescriptors(_ count: Int) throws {
            while try openDescriptors() > count { usleep(1_000) }
        }

        @Test("are all closed after 2,000 connections, and after their loops and listener have ended")
        func noLeak() async {
            await #expect(processExitsWith: .success) {
                OwnProcess.end()
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
                    try DescriptorTests.waitForDescriptors(before + 1)
                }
                let before = try DescriptorTests.openDescriptors()
                // More repetitions than the number of descriptors that the runtime may have had open when counted.
                for _ in 0..<10 { try await withServer(loops: 3) { _, _, _ in } }
                try DescriptorTests.waitForDescriptors(before)
            }
        }

        @Test("that run out make the listener pause, and it resumes when some are free again")
        func runOut() async {
            await #expect(processExitsWith: .success) {
                OwnProcess.end()
                let group = EventLoopGroup(loops: 1, name: "server")
                // Receives nil for each accepted connection, and each error.
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

                // Connect while the server's loop is blocked. Unblock it when no more descriptors can be opened.
                let block = BlockedLoop(group.loops[0])
                await block.entered()
                let waiting = try await Peer.connect(to: listener.localAddress, on: EventLoopGroup.shared.next())
                await waiting.send([2])
                try await OwnProcess.openDescriptorsOfDispatch()
                let limit = OwnProcess.limitDescriptors()
                let (start, spentBefore) = (ContinuousClock.now, clock())
                block.open()
                #expect(await reports.next() == SocketError(.tooManyFiles, .accept))

                // The accepted connection is served. The pending connection is neither served nor dropped.
                await client.send([3])
                await client.recorder.wait { $0.received == [1, 3] }
                #expect(waiting.recorder.record.received.isEmpty && waiting.recorder.record.closes == 0)

                // Until the next report, a second later, the loop does not spin: it uses less than a quarter of a core.
                #expect(await reports.next() == SocketError(.tooManyFiles, .accept))
                let elapsed = ContinuousClock.now - start
                #expect(elapsed > .milliseconds(500))
                #expect(.microseconds(clock() - spentBefore) < elapsed / 4)

                OwnProcess.limitDescriptors(to: limit)
                await waiting.recorder.wait { $0.received == [2] }
                await listener.close()
            }
        }
    }
#endif
