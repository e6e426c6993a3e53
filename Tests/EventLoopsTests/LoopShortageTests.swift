#if os(Linux)
    import Glibc
    import Testing

    import EventLoops

    /// In processes of their own, since descriptors are the process's.
    @Suite("Event loops without descriptors", .timeLimit(.minutes(2)))
    struct LoopShortageTests {
        /// Leaves the process `count` descriptors, and calls `body`; then it may open more again.
        static func leaving<Result>(_ count: Int, _ body: () async throws -> Result) async throws -> Result {
            var limit = rlimit()
            getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
            let soft = limit.rlim_cur
            var hogs: [Int32] = []
            limit.rlim_cur = min(limit.rlim_cur, 200)
            setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
            while case let hog = open("/dev/null", O_RDONLY), hog >= 0 { hogs.append(hog) }
            for hog in hogs.suffix(count) { close(hog) }
            let result = try await body()
            for hog in hogs.dropLast(count) { close(hog) }
            limit.rlim_cur = soft
            setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
            return result
        }

        @Test("are an error, not the end of the process, and start when there are descriptors again")
        func loops() async {
            await #expect(processExitsWith: .success) {
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

        @Test("operations on a shared loop that could not start fail; the next use retries")
        func shared() async {
            await #expect(processExitsWith: .success) {
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
