#if os(Linux)
    import EventLoops
    import OwnProcesses
    import Testing
    import Webshocket

    /// In processes of their own, since descriptors are the process's.
    @Suite("A process without descriptors", .timeLimit(.minutes(5)))
    struct ClientShortageTests {
        @Test("has a client that cannot connect, even with a policy to try again")
        func client() async {
            await #expect(processExitsWith: .success) {
                OwnProcess.end()
                try await OwnProcess.openDescriptorsOfDispatch()
                OwnProcess.limitDescriptors()
                for retry in [RetryPolicy?.none, .exponential(attempts: 5)] {
                    let client = WebSocketClient("ws://127.0.0.1:1")
                    let error = await #expect(throws: ClientError.self) { try await client.connect(retry: retry) }
                    #expect(error?.code == .cannotConnect)
                    // A connection to this port would be refused.
                    let reason = SocketError(.tooManyFiles, .open).message
                    #expect(error?.message.contains(reason) == true, "\(String(describing: error))")
                    await client.close()
                }
            }
        }

        @Test("has a server that does not start")
        func server() async {
            await #expect(processExitsWith: .success) {
                OwnProcess.end()
                try await OwnProcess.openDescriptorsOfDispatch()
                OwnProcess.limitDescriptors()
                let server = WebSocketServer(port: 0, configuration: .quiet)
                let error = await #expect(throws: StartupError.self) { try await server.run() }
                #expect(error?.code == .outOfResources)
            }
        }
    }
#endif
