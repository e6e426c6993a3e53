#if os(Linux)
    import Glibc
    import Testing
    import Webshocket

    /// In processes of their own, since descriptors are the process's.
    @Suite("A process without descriptors", .timeLimit(.minutes(2)))
    struct ClientShortageTests {
        /// Opens descriptors until there are no more.
        static func exhaust() {
            var limit = rlimit()
            getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
            limit.rlim_cur = min(limit.rlim_cur, 200)
            setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
            while open("/dev/null", O_RDONLY) >= 0 {}
        }

        @Test("has a client that cannot connect, even with a policy to try again")
        func client() async {
            await #expect(processExitsWith: .success) {
                // The runtime's own descriptors.
                try await Task.sleep(for: .milliseconds(1))
                ClientShortageTests.exhaust()
                for retry in [RetryPolicy?.none, .exponential(attempts: 5)] {
                    let client = WebSocketClient("ws://127.0.0.1:1")
                    let error = await #expect(throws: ClientError.self) { try await client.connect(retry: retry) }
                    #expect(error?.code == .cannotConnect)
                    await client.close()
                }
            }
        }

        @Test("has a server that does not start")
        func server() async {
            await #expect(processExitsWith: .success) {
                try await Task.sleep(for: .milliseconds(1))
                ClientShortageTests.exhaust()
                let server = WebSocketServer(port: 0, configuration: .quiet)
                await #expect(throws: StartupError.self) { try await server.run() }
            }
        }
    }
#endif
