#if os(Linux)
    import Glibc
    import Testing

    import EventLoops
    import OwnProcesses

    /// These are exit tests, because all tests of a process share its descriptors.
    @Suite("Event loops without descriptors", .timeLimit(.minutes(5)))
    struct LoopShortageTests {
        /// Calls `body` while the process can open only `count` more descriptors.
        static func leaving<Result>(_ count: Int, _ body: () async throws -> Result) async throws -> Result {
            try await OwnProcess.openDescriptorsOfDispatch()
            var hogs: [Int32] = []
            let limit = OwnProcess.limitDescriptors(to: count == 0 ? 3 : 200)
            if count > 0 {
                while case let hog = open("/dev/null", O_RDONLY), hog >= 0 { hogs.append(hog) }
                for hog in hogs.suffix(count) { close(hog) }
            }
            let result = try await body()
            for hog in hogs.dropLast(count) { close(hog) }
            OwnProcess.limitDescriptors(to: limit)
            return result
        }

        @Test("fail with an error instead of a crash, and start when descriptors are available again")
        func loops() async {
            await #expect(processExitsWith: .success) {
                OwnProcess.end()
                for count in 0..<16 {
                    try await LoopShortageTests.leaving(count) {
                        do throws(SocketError) {
                            let group = try EventLoopGroup.start(loops: 2, name: "short")
                            await group.shutdown()
                        } catch {
                            #expect(error.isShortage)
                        }
                    }
                }
                let group = try EventLoopGroup.start(loops: 2, name: "enough")
                #expect(await group.loops[1].run { true })
                await group.shutdown()
            }
        }

        @Test("fail all operations if the shared loop could not start, and the next use tries again")
        func shared() async {
            await #expect(processExitsWith: .success) {
                OwnProcess.end()
                try await LoopShortageTests.leaving(0) {
                    let loop = EventLoopGroup.shared.next()
                    #expect(loop.startError?.isShortage == true)
                    #expect(await loop.run { loop.isCurrent })
                    await #expect(throws: SocketError.self) { try await SignalSource.open([SIGUSR1], on: loop) }
                }
                let loop = EventLoopGroup.shared.next()
                #expect(loop.startError == nil)
                #expect(loop === EventLoopGroup.shared.next())
            }
        }
    }
#endif
