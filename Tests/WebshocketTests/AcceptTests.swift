import Testing
import Webshocket

@Suite("accept() and receive()", .timeLimit(.minutes(5)))
struct AcceptTests {
    private func withServer(_ body: (WebSocketServer) async throws -> Void) async throws {
        try await WebshocketTests.withServer(WebSocketServer(port: 0, configuration: .quiet), body)
    }

    @Test("accept() returns a connection and receive() its packets", arguments: PacketCodec.codecs)
    func conversation(codec: PacketCodec) async throws {
        try await withServer { server in
            try await withClient(server.url, codec) { client in
                let connection = try await server.accept()
                try await client.send(["hello": 1])
                let packet = try await connection.receive()
                #expect(packet.source == .custom && packet.data == ["hello": 1])
                try connection.send("welcome")
                #expect(try await client.receive().data == "welcome")
            }
        }
    }

    @Test("accept() and receive() wait until a connection or packet arrives")
    func waiting() async throws {
        try await withServer { server in
            let accepting = Task { try await server.accept() }
            try await withClient(server.url) { client in
                let connection = try await accepting.value
                let receiving = Task { try await connection.receive() }
                try await client.send(7)
                #expect(try await receiving.value.data == 7)
            }
        }
    }

    @Test("connections and packets are queued in order until they are accepted or received")
    func order() async throws {
        try await withServer { server in
            try await withClient(server.url) { first in
                try await withClient(server.url) { second in
                    try await first.send("first")
                    try await second.send("second")
                    let connections = [try await server.accept(), try await server.accept()]
                    #expect(try await connections[0].receive().data == "first")
                    #expect(try await connections[1].receive().data == "second")
                    for number in 0..<200 { try await first.send(number) }
                    for number in 0..<200 {
                        #expect(try await connections[0].receive().data == .int(Int64(number)))
                    }
                }
            }
        }
    }

    @Test("receive() returns the queued packets of a closed connection, then throws its closure")
    func afterTheEnd() async throws {
        try await withServer { server in
            let connection = try await withClient(server.url) { client in
                try await client.send("last words")
                return try await server.accept()
            }
            #expect(try await connection.receive().data == "last words")
            let closure = await #expect(throws: ConnectionClosure.self) { try await connection.receive() }
            #expect(closure?.code == .normal)
        }
    }

    @Test("the server stops reading from a peer while its packets are not received, and loses none")
    func backPressure() async throws {
        try await withServer { server in
            let peer = try await RawPeer(port: server.port)
            peer.send(RawFrame.upgrade)
            let connection = try await server.accept()
            for number in 0..<300 { peer.send(RawFrame.text(#"{"source":4,"data":\#(number)}"#)) }
            for number in 0..<300 { #expect(try await connection.receive().data == .int(Int64(number))) }
            peer.close()
        }
    }

    @Test("calls are answered with methodNotFound")
    func calls() async throws {
        try await withServer { server in
            try await withClient(server.url) { client in
                let connection = try await server.accept()
                try await client.expect(error: .methodNotFound, from: "add", 1, 2)
                try await client.send("a packet")
                #expect(try await connection.receive().data == "a packet")
            }
        }
    }

    @Test("cancelling the task ends a pending accept() or receive()")
    func cancellation() async throws {
        try await withServer { server in
            let accepting = Task { try await server.accept() }
            accepting.cancel()
            await #expect(throws: CancellationError.self) { try await accepting.value }
            try await withClient(server.url) { client in
                let connection = try await server.accept()
                let receiving = Task { try await connection.receive() }
                receiving.cancel()
                await #expect(throws: CancellationError.self) { try await receiving.value }
                try await client.send("not lost")
                #expect(try await connection.receive().data == "not lost")
            }
        }
    }

    @Test("pending accept() and receive() calls throw when the server stops")
    func stop() async throws {
        let server = WebSocketServer(port: 0, configuration: .quiet)
        try await server.start()
        let accepting = Task { try await server.accept() }
        let client = WebSocketClient(once: server.url)
        try await client.connect()
        let connection = try await accepting.value
        let last = Task { try await server.accept() }
        let receiving = Task { try await connection.receive() }
        await server.stop()
        let closure = await #expect(throws: ConnectionClosure.self) { try await receiving.value }
        #expect(closure?.code == .goingAway)
        await #expect(throws: ServerError.self) { try await last.value }
        await client.close()
    }

    @Test("accept() and receive() throw if the server has a handler")
    func withHandler() async throws {
        let connections = Collected<Connection>()
        struct Handler: WebSocketHandler {
            let access = Access.everyone
            let connections: Collected<Connection>
            nonisolated(nonsending) func onConnect(_ connection: Connection) async throws {
                connections.append(connection)
            }
        }
        try await WebshocketTests.withServer(Handler(connections: connections)) { server in
            await #expect(throws: ServerError.self) { try await server.accept() }
            try await withClient(server.url) { _ in
                let connection = try #require(connections.values.first)
                await #expect(throws: ServerError.self) { try await connection.receive() }
            }
        }
    }

    @Test("connections that close before they are accepted are discarded")
    func leaving() async throws {
        try await withServer { server in
            try await withClient(server.url) { _ in }
            try await until { server.connectionCount == 0 }
            try await withClient(server.url) { client in
                let connection = try await server.accept()
                try await client.send("here")
                #expect(try await connection.receive().data == "here")
            }
        }
    }
}
