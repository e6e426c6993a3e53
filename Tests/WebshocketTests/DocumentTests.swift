import Foundation
import Testing
import Webshocket

@Suite("Documents", .timeLimit(.minutes(5)))
struct DocumentTests {
    @Test(
        "a server sends the messages in each transcript of Protocol.md",
        arguments: try Transcript.all(in: Transcript.document("Protocol.md")))
    func transcript(_ transcript: Transcript) async throws {
        // The manual clock is for the transcript that shows the remaining time.
        try await withServer(
            .manual(ManualClock()),
            routes: {
                WebSocketRoute("/", SampleHandler())
                WebSocketRoute("/members", Members())
            }
        ) { server in
            switch transcript.wire {
            case .http: try await playHTTP(transcript, port: server.port)
            case .json: try await play(transcript, server.url(path: transcript.path)) { .text($0) }
            case .messagePack: try await playMessagePack(transcript, port: server.port)
            }
        }
    }

    private func play(_ transcript: Transcript, _ url: String, as message: (String) -> WebSocketMessage) async throws {
        let client = WebSocketClient(once: url, configuration: .raw)
        try await client.connect()
        for exchange in transcript.exchanges {
            for line in exchange.sent { try await client.send(message(line)) }
            for line in exchange.received {
                guard line.hasPrefix("close ") else {
                    #expect(try await client.receiveMessage() == message(line))
                    continue
                }
                let error = await #expect(throws: ClientError.self) { try await client.receiveMessage() }
                #expect(error?.closure.map { "close \($0)" } == line)
            }
        }
        await client.close()
    }

    private func playHTTP(_ transcript: Transcript, port: Int) async throws {
        for exchange in transcript.exchanges {
            let peer = try await RawPeer(port: port)
            peer.send(exchange.sent.map { "\($0)\r\n" }.joined())
            let expected = exchange.received.map { "\($0)\r\n" }.joined()
            let bytes = await peer.received { $0.count >= expected.utf8.count }
            // The example shows a different date.
            let date = exchange.received.first { $0.hasPrefix("Date: ") }
            let answer = String(decoding: bytes, as: UTF8.self).split(
                separator: "\r\n", omittingEmptySubsequences: false
            ).map { $0.hasPrefix("Date: ") ? date ?? "a date" : String($0) }
            // A body may follow.
            #expect(answer.joined(separator: "\r\n").hasPrefix(expected))
            peer.close()
        }
    }

    /// Uses a raw peer, because a client of raw messages does not offer the subprotocol.
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

    @Test("Protocol.md has at least 6 transcripts, each with exchanges and answers")
    func count() throws {
        let transcripts = try Transcript.all(in: Transcript.document("Protocol.md"))
        #expect(transcripts.count >= 6)
        #expect(transcripts.allSatisfy { !$0.exchanges.isEmpty && $0.exchanges.allSatisfy { !$0.received.isEmpty } })
    }

    @Test("the README states the actual defaults of the limits")
    func limits() throws {
        let readme = try Transcript.document("README.md")
        let (limits, timeouts) = (ServerLimits(), ServerTimeouts())
        let rows = [
            "| \(limits.requestLine / 1_024) KiB, \(limits.headerBlock / 1_024) KiB, \(limits.headerCount) |",
            "`messageSize`, joined and inflated | \(limits.messageSize / 1_048_576) MiB",
            "`replySize` | \(limits.replySize / 1_048_576) MiB", "| \(limits.depth), 65,536 |",
            "`outboundQueue` of a connection | \(limits.outboundQueue / 1_048_576) MiB",
            "`callsInFlight` of a connection | \(limits.callsInFlight) |",
            "`replyQueue`: unread replies of a connection | \(limits.replyQueue / 1_048_576) MiB",
            "`requestBytes` of the calls in flight of a connection | \(limits.requestBytes / 1_048_576) MiB |",
            "`callID` of a request | \(limits.callID) bytes |",
            "| \(limits.roomJoins[0].burst) at once and \(limits.roomJoins[0].calls)/s of a connection;",
            "`streams` of a connection | \(limits.streams) |",
            "`subscriptions` and rooms of a connection | \(limits.subscriptions);",
            "`channelName`, `wildcards` of a pattern | \(limits.channelName) bytes, \(limits.wildcards) |",
            "`rateBuckets` of users and addresses | \(limits.rateBuckets / 1_000),000 |",
            "`handshake` | \(timeouts.handshake.components.seconds) s",
            "`keepAlive` between an answer and the next request | \(timeouts.keepAlive.components.seconds) s",
            "`page` for a page's closure, or for finding a file | \(timeouts.httpResponse.components.seconds) s",
            "`sending` without a byte of an answer being read | \(timeouts.write.components.seconds) s",
            "`authentication` | \(timeouts.authentication.components.seconds) s",
            "one at a time, \(AuthenticationMachine.renewals) a minute",
            "`close` | \(timeouts.close.components.seconds) s",
            "`shutdown` | \(timeouts.shutdown.components.seconds) s",
            Self.row(timeouts.heartbeat, "close 1011"),
            Self.row(ClientConfiguration().heartbeat, "the connection ends"),
        ]
        for row in rows { #expect(readme.contains(row), "\(row)") }
        #expect(readme.contains("`streamWindow` of a stream | \(ClientConfiguration().streamCredit) elements"))
        #expect(limits.elements == 65_536 && limits.fragments == 65_536)
    }

    private static func row(_ heartbeat: Heartbeat?, _ end: String) -> String {
        guard let heartbeat else { return "no heartbeat" }
        let times = [heartbeat.interval, heartbeat.timeout].map { "\($0.components.seconds) s" }
        let missed = "\(heartbeat.missedPings) ping missed; nil for none"
        return "`heartbeat` | a ping each \(times[0]), a sign of life within \(times[1]), \(missed) | \(end)"
    }

    @Test("the README's packet for the browser console works")
    func console() async throws {
        let readme = try Transcript.document("README.md")
        let packet = #"{ source: 5, rpc: { type: "request", method: "add", args: [10, 20] } }"#
        #expect(readme.contains("JSON.stringify(\(packet))"))
        try await withServer(SampleHandler()) { server in
            let client = WebSocketClient(once: server.url, configuration: .raw)
            try await client.connect()
            try await client.send(.text(#"{"source":5,"rpc":{"type":"request","method":"add","args":[10,20]}}"#))
            let message = try await client.receiveMessage()
            let answer = try message.asText
            #expect(answer.contains(#""response":30,"#))
            await client.close()
        }
    }

    @Test("Protocol.md has each section that the sources refer to")
    func sections() throws {
        let text = try Transcript.document("Protocol.md")
        let headings = text.split(separator: "\n").filter { $0.hasPrefix("#") }
            .map { String($0.drop { $0 == "#" || $0 == " " }) }
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().appending(path: "Sources")
        let files = FileManager.default.enumerator(at: root, includingPropertiesForKeys: nil)
        var references = 0
        while let file = files?.nextObject() as? URL {
            guard file.pathExtension == "swift" else { continue }
            for part in try String(contentsOf: file, encoding: .utf8).split(separator: "Protocol.md, \"").dropFirst() {
                let heading = String(part.prefix { $0 != "\"" })
                #expect(headings.contains(heading), "\(file.lastPathComponent): \(heading)")
                references += 1
            }
        }
        #expect(references > 10)
    }
}
