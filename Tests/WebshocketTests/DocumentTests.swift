import Foundation
import Testing
import Webshocket

@Suite("The documents", .timeLimit(.minutes(1)))
struct DocumentTests {
    @Test(
        "of the protocol say what a server does", arguments: try Transcript.all(in: Transcript.document("Protocol.md")))
    func transcript(_ transcript: Transcript) async throws {
        try await withServer(SampleHandler()) { server in
            switch transcript.wire {
            case .http: try await playHTTP(transcript, port: server.port)
            case .json: try await play(transcript, server.url) { .text($0) }
            case .messagePack: try await playMessagePack(transcript, port: server.port)
            }
        }
    }

    private func play(_ transcript: Transcript, _ url: String, as message: (String) -> Message) async throws {
        let client = WebSocketClient(url, configuration: .raw)
        try await client.connect()
        for exchange in transcript.exchanges {
            for line in exchange.sent { try await client.send(message(line)) }
            for line in exchange.received { #expect(try await client.receiveMessage() == message(line)) }
        }
        await client.close()
    }

    private func playHTTP(_ transcript: Transcript, port: Int) async throws {
        for exchange in transcript.exchanges {
            let peer = try await RawPeer(port: port)
            peer.send(exchange.sent.map { "\($0)\r\n" }.joined())
            let expected = exchange.received.map { "\($0)\r\n" }.joined()
            let bytes = await peer.received { $0.count >= expected.utf8.count }
            #expect(String(decoding: bytes, as: UTF8.self) == expected)
            peer.close()
        }
    }

    /// A client that speaks raw messages offers no sub-protocol; here it has to.
    private func playMessagePack(_ transcript: Transcript, port: Int) async throws {
        let peer = try await RawPeer(port: port)
        peer.send(RawFrame.upgrade.dropLast() + "Sec-WebSocket-Protocol: webshocket.v1\r\n\r\n")
        let end = Array("\r\n\r\n".utf8)
        var read = await peer.received { $0.firstRange(of: end) != nil }.firstRange(of: end)?.upperBound ?? 0
        for exchange in transcript.exchanges {
            for line in exchange.sent { peer.send(RawFrame.masked(2, line.bytesFromHex)) }
            for line in exchange.received {
                let expected = [0x82, UInt8(line.bytesFromHex.count)] + line.bytesFromHex
                let from = read
                let bytes = await peer.received { $0.count >= from + expected.count }
                #expect(Array(bytes[from...].prefix(expected.count)) == expected)
                read += expected.count
            }
        }
        peer.close()
    }

    @Test("have enough transcripts that a broken reader of them would show")
    func count() throws {
        let transcripts = try Transcript.all(in: Transcript.document("Protocol.md"))
        #expect(transcripts.count >= 6)
        #expect(transcripts.allSatisfy { !$0.exchanges.isEmpty && $0.exchanges.allSatisfy { !$0.received.isEmpty } })
    }

    @Test("show the Calculator as it is")
    func calculator() throws {
        let readme = try Transcript.document("README.md")
        let source = try Transcript.document("Examples/Calculator/Calculator.swift")
        #expect(readme.contains("<!-- Examples/Calculator/Calculator.swift -->\n```swift\n\(source)```\n"))
    }

    @Test("state the limits' defaults as they are")
    func limits() throws {
        let readme = try Transcript.document("README.md")
        let (limits, timeouts) = (Limits(), Timeouts())
        let rows = [
            "| \(limits.requestLine / 1_024) KiB, \(limits.headerBlock / 1_024) KiB, \(limits.headerCount) |",
            "`messageSize`, joined and inflated | \(limits.messageSize / 1_048_576) MiB",
            "`replySize` | \(limits.replySize / 1_048_576) MiB", "| \(limits.depth), 65,536 |",
            "`outboundQueue` of a connection | \(limits.outboundQueue / 1_048_576) MiB",
            "`callsInFlight` of a connection | \(limits.callsInFlight) |",
            "`handshake` | \(timeouts.handshake.components.seconds) s",
            "`close` | \(timeouts.close.components.seconds) s",
            "`shutdown` | \(timeouts.shutdown.components.seconds) s",
        ]
        for row in rows { #expect(readme.contains(row), "\(row)") }
        #expect(limits.elements == 65_536 && limits.fragments == 65_536)
    }

    @Test("call the server from a browser's console as they say")
    func console() async throws {
        let readme = try Transcript.document("README.md")
        let packet = #"{ source: 5, rpc: { type: "request", method: "add", args: [10, 20] } }"#
        #expect(readme.contains("JSON.stringify(\(packet))"))
        try await withServer(SampleHandler()) { server in
            let client = WebSocketClient(server.url, configuration: .raw)
            try await client.connect()
            try await client.send(.text(#"{"source":5,"rpc":{"type":"request","method":"add","args":[10,20]}}"#))
            let message = try await client.receiveMessage()
            let answer = try message.asText
            #expect(answer.contains(#""response":30,"#))
            await client.close()
        }
    }

    // The README's other Swift, compiled as it stands there.
    func routes() async throws {
        struct CalculatorHandler: WebSocketHandler {}
        let server = WebSocketServer(host: "0.0.0.0", port: 5000) {
            Route("/", CalculatorHandler())
            Route("/echo") { connection, message in connection.send(message) }
        }
        try await server.run()  // until SIGTERM, SIGINT or the task's cancellation; then it shuts down gracefully
    }

    @Test("show the routes as they are compiled here")
    func routesSnippet() throws {
        let readme = try Transcript.document("README.md")
        let source = try String(contentsOf: URL(filePath: #filePath), encoding: .utf8)
        let snippet = try #require(
            readme.split(separator: "<!-- compiled: routes -->\n```swift\n").last?.split(separator: "```").first)
        let indented = snippet.split(separator: "\n").map { "        \($0)" }.joined(separator: "\n")
        #expect(source.contains(indented))
    }
}
