#if os(Linux)
    import EventLoops
    import OwnProcesses
    import Testing
    import Webshocket

    /// In separate processes, because file descriptors are shared by the whole process.
    @Suite("A process without file descriptors", .timeLimit(.minutes(5)))
    struct ClientShortageTests {
        @Test("cannot connect a client, even with a retry policy")
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

        @Test("cannot start a server")
        func server() async {
            await #expect(processExitsWith: .success) {
                OwnProcess.end()
                try await OwnProcess.openDescriptorsOfDispatch()
                OwnProcess.limitDescriptors()
                let server = WebSocketServer(port: 0, configuration: .quiet)
                let error = await #expect(throws: ServerError.self) { try await server.serve() }
                #expect(error?.code == .outOfResources)
            }
        }
    }
#endif
