import EventLoops
import Foundation
import Testing
import Webshocket

@Suite("Documents", .timeLimit(.minutes(5)))
struct DocumentTests {
    @Test(
        "a server sends the messages in each transcript of the documents", arguments: try Transcript.all())
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
        let transcripts = try Transcript.all(in: Document("Protocol.md"))
        #expect(transcripts.count >= 6)
        #expect(transcripts.allSatisfy { !$0.exchanges.isEmpty && $0.exchanges.allSatisfy { !$0.received.isEmpty } })
    }

    @Test("the tables of limits state the actual defaults")
    func limits() throws {
        let (limits, timeouts, client) = (ServerLimits(), ServerTimeouts(), ClientConfiguration())
        let rows = [
            ("requestLine", "\(limits.requestLine / 1_024) KiB, \(limits.headerBlock / 1_024) KiB"),
            ("headerCount", "\(limits.headerCount)"),
            ("messageSize", "\(limits.messageSize / 1_048_576) MiB"), ("fragments", "65,536"),
            ("depth", "\(limits.depth), 65,536"), ("replySize", "\(limits.replySize / 1_048_576) MiB"),
            ("replyQueue", "\(limits.replyQueue / 1_048_576) MiB"),
            ("outboundQueue", "\(limits.outboundQueue / 1_048_576) MiB"),
            ("callsInFlight", "\(limits.callsInFlight)"), ("waitingMessages", "2,048, or 1 MiB"),
            ("requestBytes", "\(limits.requestBytes / 1_048_576) MiB"),
            ("callID", "\(limits.callID) bytes"), ("streams", "\(limits.streams)"),
            ("subscriptions", "\(limits.subscriptions);"),
            ("roomJoins", "\(limits.roomJoins[0].burst) at once and \(limits.roomJoins[0].calls)/s of a connection;"),
            ("channelName", "\(limits.channelName) bytes, \(limits.wildcards)"),
            ("rateBuckets", "\(limits.rateBuckets / 1_000),000"), ("handshake", Self.text(timeouts.handshake)),
            ("authentication", Self.text(timeouts.authentication)), ("keepAlive", Self.text(timeouts.keepAlive)),
            ("httpResponse", Self.text(timeouts.httpResponse)), ("write", Self.text(timeouts.write)),
            ("close", Self.text(timeouts.close)), ("shutdown", Self.text(timeouts.shutdown)),
            ("heartbeat", Self.text(timeouts.heartbeat)), ("heartbeat", Self.text(client.heartbeat)),
            ("streamCredit", "\(client.streamCredit) elements"), ("closeTimeout", Self.text(client.closeTimeout)),
        ]
        let documented = try Document.all().flatMap(\.rows).filter { $0.count > 2 }
        for (name, value) in rows {
            #expect(
                documented.contains { $0[0].contains("`\(name)`") && $0[1].contains(value) }, "\(name): \(value)")
        }
        #expect(documented.contains { $0[1].contains("one at a time, \(AuthenticationMachine.renewals) a minute") })
        #expect(limits.elements == 65_536 && limits.fragments == 65_536)
    }

    private static func text(_ duration: Duration) -> String { "\(duration.components.seconds) s" }

    private static func text(_ heartbeat: Heartbeat?) -> String {
        guard let heartbeat else { return "no heartbeat" }
        let (interval, timeout) = (text(heartbeat.interval), text(heartbeat.timeout))
        return "a ping each \(interval), a sign of life within \(timeout), \(heartbeat.missedPings) ping missed"
    }

    @Test("the documented packet for the browser console works")
    func console() async throws {
        let packet = #"{ source: 5, rpc: { type: "request", method: "add", args: [10, 20] } }"#
        #expect(try Document.all().contains { $0.text.contains("JSON.stringify(\(packet))") })
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
        let text = try Document("Protocol.md").text
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
