import Testing
import Webshocket

@Suite("Authentication at the handshake", .timeLimit(.minutes(5)))
struct HandshakeTests {
    private static func upgrade(_ path: String, _ headers: String = "") -> String {
        RawFrame.upgrade.replacing("GET / ", with: "GET \(path) ").dropLast() + headers + "\r\n"
    }

    private static func answer(to path: String, _ headers: String = "", of server: WebSocketServer) async throws
        -> String
    {
        let peer = try await RawPeer(port: server.port)
        defer { peer.close() }
        peer.send(upgrade(path, headers))
        return String(decoding: await peer.received { $0.firstRange(of: Array("\r\n\r\n".utf8)) != nil }, as: UTF8.self)
    }

    @Test("admits with a user, attributes and headers, before onConnect is called")
    func admits() async throws {
        let doorman = Doorman()
        try await withServer(doorman) { server in
            try await PacketPeer.connected(to: server, path: "/?as=ann", .json) { peer in
                try await peer.expect(["userID": "ann", "isAdmin": true], from: "attributes")
                try await peer.expect(["ann"], from: "users")
            }
            let answer = try await Self.answer(to: "/?as=bob", of: server)
            #expect(answer.hasPrefix("HTTP/1.1 101 ") && answer.contains("\r\nSet-Cookie: seen=1\r\n"))
        }
        #expect(doorman.events.values.first == "connect ann")
    }

    @Test("handles afterwards the messages that follow the request", arguments: ["ann", "yielding"])
    func rest(name: String) async throws {
        try await withServer(Doorman()) { server in
            let peer = try await RawPeer(port: server.port)
            defer { peer.close() }
            peer.send(Array(Self.upgrade("/?as=\(name)").utf8) + RawFrame.call("__ping__") + RawFrame.call("users"))
            let bytes = await peer.received {
                String(decoding: $0, as: UTF8.self).contains(#""response":["\#(name)"]"#)
            }
            #expect(String(decoding: bytes, as: UTF8.self).contains(#""response":null"#))
        }
    }

    @Test(
        "refuses with a status and the text of the application",
        arguments: [
            ("401", "401 Unauthorized", "WWW-Authenticate: Bearer realm=\"door\"\r\n", "Please authenticate.\n"),
            ("403", "403 Forbidden", "", "Access denied.\n"),
            ("words", "403 Forbidden", "", "Members only.\n"),
        ])
    func refuses(name: String, status: String, header: String, body: String) async throws {
        let doorman = Doorman()
        try await withServer(doorman) { server in
            let peer = try await RawPeer(port: server.port)
            peer.send(Self.upgrade("/?as=\(name)"))
            let answer = await peer.everything()
            #expect(answer.hasPrefix("HTTP/1.1 \(status)\r\n") && answer.hasSuffix("\r\n\r\n\(body)"))
            #expect(header.isEmpty == !answer.contains("WWW-Authenticate"))
            if !header.isEmpty { #expect(answer.contains(header)) }
        }
        #expect(doorman.events.values.isEmpty)
    }

    @Test(
        "that fails responds with 500 and an ID that the log has too, and logs nothing of the request",
        arguments: ["broken", "reserved"])
    func fails(name: String) async throws {
        let lines = Collected<String>()
        var configuration = ServerConfiguration.quiet
        configuration.log = LogSink { _, line in lines.append(line) }
        try await withServer(Doorman(), configuration) { server in
            let peer = try await RawPeer(port: server.port)
            peer.send(Self.upgrade("/?as=\(name)&token=s3cret", "Authorization: Bearer s3cret\r\n"))
            let answer = await peer.everything()
            #expect(answer.hasPrefix("HTTP/1.1 500 "))
            let id = try #require(answer.split(separator: "Internal error (").last?.split(separator: ")").first)
            #expect(lines.values.count == 1 && lines.values.allSatisfy { $0.contains(id) && !$0.contains("s3cret") })
        }
    }

    @Test("counts a peer that has disconnected until its closure returns, even if that ignores cancellation")
    func stubborn() async throws {
        let (hasBegun, isCancelled, leave) = (Gate(), Gate(), Gate())
        let authentication = Authentication { request in
            guard request.query == "stubborn" else { return .admit() }
            await withTaskCancellationHandler {
                hasBegun.open()
                await leave.wait()
            } onCancel: {
                isCancelled.open()
            }
            return .admit()
        }
        var configuration = ServerConfiguration.quiet
        configuration.limits.connectionsPerAddress = 1
        try await withServer(
            configuration, routes: { WebSocketRoute("/", access: .authenticated(by: authentication)) { _, _ in } }
        ) {
            server in
            let peer = try await RawPeer(port: server.port)
            peer.send(Self.upgrade("/?stubborn"))
            await hasBegun.wait()
            peer.close()
            await isCancelled.wait()
            let refused = try await Self.answer(to: "/", of: server)
            #expect(refused.hasPrefix("HTTP/1.1 429 "))
            leave.open()
            var answer = ""
            while !answer.hasPrefix("HTTP/1.1 101 ") { answer = try await Self.answer(to: "/", of: server) }
        }
    }

    @Test("cancels the closure if the peer disconnects")
    func leaves() async throws {
        let doorman = Doorman()
        try await withServer(doorman) { server in
            let peer = try await RawPeer(port: server.port)
            peer.send(Self.upgrade("/?as=slow"))
            await doorman.isWaiting.wait()
            peer.close()
            await doorman.wasCancelled.wait()
        }
        #expect(doorman.events.values == ["cancelled"])
    }

    @Test("is cancelled at the timeout of the handshake, and the peer receives 503")
    func deadline() async throws {
        let doorman = Doorman()
        var configuration = ServerConfiguration.quiet
        configuration.timeouts.handshake = .seconds(5)
        try await withServer(doorman, configuration) { server in
            var answer = ""
            // On a busy machine the time may pass before the request arrives. Then the closure is not called.
            for _ in 0..<5 where answer.isEmpty {
                let peer = try await RawPeer(port: server.port)
                peer.send(Self.upgrade("/?as=slow"))
                answer = await peer.everything()
            }
            #expect(answer.hasPrefix("HTTP/1.1 503 "))
            if !answer.isEmpty { await doorman.wasCancelled.wait() }
        }
    }

    @Test("is cancelled by a shutdown, and the peer receives 503")
    func shutdown() async throws {
        let doorman = Doorman()
        try await withServer(doorman) { server in
            let peer = try await RawPeer(port: server.port)
            peer.send(Self.upgrade("/?as=slow"))
            await doorman.isWaiting.wait()
            await server.stop(within: .milliseconds(50))
            let answer = await peer.everything()
            #expect(answer.hasPrefix("HTTP/1.1 503 ") && answer.contains("The server is shutting down."))
        }
        #expect(doorman.events.values == ["cancelled"])
    }

    @Test("reads nothing more while the closure runs")
    func flood() async throws {
        let doorman = Doorman()
        try await withServer(doorman) { server in
            let peer = try await RawPeer(port: server.port)
            peer.send(Self.upgrade("/?as=slow"))
            await doorman.isWaiting.wait()
            // More than the buffers of the operating system hold.
            peer.send([UInt8](repeating: 0, count: 16_777_216))
            await peer.settle()
            #expect(await peer.unsentBytes > 0)
            peer.close()
        }
    }

    @Test("does not call the closure for a foreign origin or an unknown path")
    func origin() async throws {
        let asked = Collected<String>()
        let authentication = Authentication { request in
            asked.append(request.path)
            return .admit()
        }
        try await withServer(routes: {
            WebSocketRoute("/echo", access: .authenticated(by: authentication)) { connection, message in
                connection.send(message)
            }
        }) { server in
            let foreign = try await Self.answer(to: "/echo", "Origin: http://evil.example\r\n", of: server)
            let nowhere = try await Self.answer(to: "/none", of: server)
            #expect(foreign.contains(" 403 ") && nowhere.contains(" 404 ") && asked.values.isEmpty)
            let own = try await Self.answer(to: "/echo", of: server)
            #expect(own.contains(" 101 "))
        }
        #expect(asked.values == ["/echo"])
    }

    @Test("gives a path of raw messages the user IDs of its peers")
    func raw() async throws {
        let authentication = Authentication { request in
            guard let user = request.cookies["user"] else { return .refuse(.unauthorized) }
            return .admit(userID: user, attributes: ["agent": .string(request.headers["User-Agent"] ?? "")])
        }
        try await withServer(routes: {
            WebSocketRoute("/name", access: .authenticated(by: authentication), receiving: String.self) {
                connection, text in
                try connection.send("\(connection.userID ?? "-") \(connection["agent"] ?? .null) \(text)")
            }
        }) { server in
            let client = WebSocketClient(once: server.url + "/name", configuration: .raw)
            let error = await #expect(throws: ClientError.self) { try await client.connect() }
            #expect(error?.httpStatus == 401)
            var configuration = ClientConfiguration.raw
            try configuration.headers.add(name: "Cookie", value: "user=ann")
            try configuration.headers.add(name: "User-Agent", value: "tests")
            let known = WebSocketClient(once: server.url + "/name", configuration: configuration)
            try await known.connect()
            try await known.send(.text("hello"))
            #expect(try await known.receiveMessage() == .text("ann \"tests\" hello"))
            await known.close()
        }
    }

    @Test("prevents the server from starting if it is invalid")
    func startup() async throws {
        let challenge = Authentication(challenge: "Bearer\r\nX: y") { _ in .admit() }
        let tokens = Authentication(token: { token, _ in .admit(userID: token) })
        let mute = Authentication(challenge: "") { _ in .admit() }
        for authentication in [challenge, tokens, mute] {
            let server = WebSocketServer(port: 0, configuration: .quiet) {
                WebSocketRoute("/", access: .authenticated(by: authentication)) { _, _ in }
            }
            let error = await #expect(throws: ServerError.self) { try await server.start() }
            #expect(error?.code == .invalidRoute)
        }
        var configuration = ServerConfiguration.quiet
        configuration.timeouts.authentication = .zero
        let server = WebSocketServer(port: 0, handler: Doorman(), configuration: configuration)
        let error = await #expect(throws: ServerError.self) { try await server.start() }
        #expect(error?.message.contains("timeouts.authentication") == true)
    }
}
