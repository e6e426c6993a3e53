import Testing
import Webshocket

@Suite(
    "Several clients of a Python server", .enabled(if: PythonServer.canServe, PythonServer.absence),
    .timeLimit(.minutes(5)))
struct ManyClientsTests {
    @Test("have names, a common send, and statistics")
    func named() async throws {
        let server = try await PythonServer()
        let clients = NamedClients()
        for name in ["orders", "prices"] { try clients.add(name, "\(server.url)/\(name)") }
        #expect(throws: ClientError.self) { try clients.add("prices", server.url) }
        try await clients.connect()
        #expect(clients.names == ["orders", "prices"] && clients.connectedCount == 2)
        #expect(await clients.sendToAll("hello").isEmpty)
        for name in clients.names {
            let client = try #require(clients[name])
            #expect(try await client.receive().data == ["path": .string("/\(name)"), "echo": "hello"])
        }
        let counts: [String: Int] = try await #require(clients["prices"]).sendRPC("connections")
        #expect(counts == ["/orders": 1, "/prices": 1])
        let statistics = clients.statistics
        // The hello and its response count too.
        #expect(statistics["orders"]?.messagesSent == 2 && statistics["orders"]?.messagesReceived == 2)
        #expect(statistics["prices"]?.messagesSent == 3 && statistics["prices"]?.messagesReceived == 3)
        #expect(statistics.values.allSatisfy { $0.connections == 1 && $0.attempts == 1 })
        await clients.remove("orders")
        #expect(clients.names == ["prices"] && clients.connectedCount == 1)
        await clients.close()
        #expect(clients.connectedCount == 0)
        await server.end()
    }

    @Test("are created for each path at its first use, and wait for the server")
    func group() async throws {
        let url = try await PythonServer.abandonedURL()
        let group = ClientGroup(url) { _ in
            var configuration = ClientConfiguration.reconnecting()
            configuration.offlineQueue.timeToLive = .seconds(3_600)
            return configuration
        }
        #expect(group.paths.isEmpty)
        try await withThrowingTaskGroup { tasks in
            for path in ["/tea", "/coffee"] {
                tasks.addTask { try await group.client(at: path).send("to \(path)") }
            }
            while group.paths.count < 2 || group.paths.contains(where: { group.client(at: $0).state != .waiting }) {
                try await Task.sleep(for: .milliseconds(1))
            }
            let server = try await PythonServer(at: url)
            try await tasks.waitForAll()
            let again = group.client(at: "/tea")
            #expect(again === group.client(at: "/tea"))
            let counts: [String: Int] = try await again.sendRPC("connections")
            #expect(counts == ["/tea": 1, "/coffee": 1])
            await group.close()
            await server.end()
        }
    }

    @Test("deliver their packets in one sequence, each with its path")
    func tags() async throws {
        let server = try await PythonServer()
        let group = ClientGroup(server.url)
        for path in ["/tea", "/coffee", "/tea"] { try await group.client(at: path).send("hello") }
        var found: [String] = []
        for await message in group.packets {
            #expect(message.packet.data == ["path": .string(message.path), "echo": "hello"])
            found.append(message.path)
            if found.count == 3 { break }
        }
        #expect(found.sorted() == ["/coffee", "/tea", "/tea"])
        await group.close()
        await server.end()
    }
}
