import Certificates
import EventLoops
import Testing
import Webshocket

@Suite("A connection over wss", .withCertificates, .timeLimit(.minutes(5)))
struct SecureConnectionTests {
    /// Returns the TLS properties of its peers.
    final class Knowing: WebSocketHandler {
        let access = Access.everyone
        let closures = Collected<ConnectionClosure>()

        func who(_ connection: Connection) -> [String: WireValue] {
            [
                "isSecure": .bool(connection.isSecure),
                "subject": connection.clientCertificate.map { .string($0.subject) } ?? .null,
                "fingerprint": connection.clientCertificate.map { .string($0.fingerprint) } ?? .null,
            ]
        }

        func echo(_ connection: Connection, value: WireValue) -> WireValue { value }

        nonisolated(nonsending) func onDisconnect(_ connection: Connection, closure: ConnectionClosure) async {
            closures.append(closure)
        }

        var methods: RPCMethods {
            RPCMethod("who", who)
            RPCMethod("echo", echo)
        }
    }

    @Test("supports calls and streams in both codecs", arguments: [0, 1])
    func calls(codec: Int) async throws {
        try await withServer(SampleHandler(), .secure(.test())) { server in
            #expect(server.url.hasPrefix("wss://127.0.0.1:"))
            try await withSecureClient(server.url, PacketCodec.codecs[codec]) { client in
                try await client.expect(30, from: "add", 10, 20)
                var numbers: [Int] = []
                for try await number in client.streamRPC("count", 100, as: Int.self) { numbers.append(number) }
                #expect(numbers == Array(0..<100))
            }
        }
    }

    @Test("is not secure without TLS")
    func plain() async throws {
        var configuration = ServerConfiguration.quiet
        configuration.tls = nil
        try await withServer(Knowing(), configuration) { server in
            try await withClient(server.url) { client in
                let response = try await client.response(to: "who")
                #expect(response.data["isSecure"] == false && response.data["subject"] == .null)
            }
        }
    }

    @Test("gives handlers the client's certificate, also in a resumed session")
    func certificate() async throws {
        let tls = try ServerTLS.test(clients: .required(authorities: .testAuthority))
        try await withServer(Knowing(), .secure(tls)) { server in
            let configuration = ClientConfiguration.secure(.messagePack, try .test("client"))
            var fingerprints: Set<WireValue> = []
            for _ in 0..<3 {
                let client = WebSocketClient(server.url, configuration: configuration)
                try await client.connect()
                let who = try await client.response(to: "who").data
                #expect(who["isSecure"] == true && who["subject"] == "CN=client")
                fingerprints.insert(who["fingerprint"] ?? .null)
                await client.close()
            }
            #expect(fingerprints.count == 1 && fingerprints.first?.asString?.count == 64)
        }
    }

    @Test("carries messages of 16 MiB both ways")
    func large() async throws {
        var configuration = ServerConfiguration.secure(try .test())
        configuration.limits.messageSize = 1 << 24
        configuration.limits.outboundQueue = 1 << 24
        try await withServer(configuration, routes: { WebSocketRoute("/", access: .everyone) { $0.send($1) } }) {
            server in
            try await withRawClient(server.url, .secure(.messagePack, try .test())) { client in
                let block = (0..<65_536).map { UInt8(truncatingIfNeeded: $0 &* 7 >> 3) }
                let bytes = Array(repeatElement(block, count: 256).joined())
                try await client.send(.binary(bytes))
                #expect(try await client.receive() == .binary(bytes))
            }
        }
    }

    @Test("carries many concurrent calls")
    func many() async throws {
        try await withServer(Knowing(), .secure(try .test())) { server in
            try await withSecureClient(server.url) { client in
                try await withThrowingTaskGroup(of: Bool.self) { group in
                    for number in 0..<2_000 {
                        group.addTask { try await client.sendRPC("echo", number).data == .int(Int64(number)) }
                    }
                    for try await isRight in group { #expect(isRight) }
                }
            }
        }
    }

    @Test("limits the memory that is used for a slow reader")
    func slowReader() async throws {
        let connections = Collected<Connection>()
        var configuration = ServerConfiguration.secure(try .test())
        configuration.limits.outboundQueue = 1 << 20
        try await withServer(
            configuration,
            routes: {
                WebSocketRoute("/", access: .everyone) { connection, _ in connections.append(connection) }
            }
        ) { server in
            let peer = try await RawPeer(port: server.port, tls: .test())
            peer.send(RawFrame.upgrade)
            _ = await peer.received { $0.count > 100 }
            peer.pauseReading()
            peer.send(RawFrame.text("hello"))
            let connection = try #require(await connections.first())
            while connection.state != .closed {
                connection.send(.binary([UInt8](repeating: 1, count: 100_000)))
                #expect(await connection.queuedBytes < 2_000_000)
            }
            peer.close()
        }
    }

    @Test("ends with the closing handshake begun by either side")
    func close() async throws {
        let handler = Knowing()
        try await withServer(handler, .secure(try .test())) { server in
            try await withSecureClient(server.url) { try await $0.expect(1, from: "echo", 1) }
            let closure = try #require(await handler.closures.first())
            #expect(closure.code == .normal && closure.isClean)
            let client = RawWebSocketClient(server.url, configuration: .secure(.messagePack, try .test()))
            try await client.connect()
            let receiving = Task { try await client.receive() }
            await server.stop(within: .zero)
            let error = await #expect(throws: ClientError.self) { _ = try await receiving.value }
            #expect(error?.closure?.code == .goingAway && error?.closure?.isClean == true)
        }
    }

    @Test("does not end cleanly if it is cut without a close frame")
    func truncation() async throws {
        let handler = Knowing()
        try await withServer(handler, .secure(try .test())) { server in
            let peer = try await RawPeer(port: server.port, tls: .test())
            peer.send(RawFrame.upgrade)
            _ = await peer.received { $0.count > 100 }
            peer.close()
            let closure = try #require(await handler.closures.first())
            #expect(closure.code == .abnormal && !closure.isClean)
        }
    }

    @Test("uses port 443 if the URL has none")
    func usualPort() async throws {
        let error = await #expect(throws: ClientError.self) { try await WebSocketClient("wss://127.0.0.1").connect() }
        #expect(error?.code == .cannotConnect && error?.message.contains("127.0.0.1:443") == true)
    }
}
