import EventLoops
import Testing
import Webshocket

@Suite("A flood of messages", .serialized, .timeLimit(.minutes(5)))
struct FloodTests {
    @Test("does not stop the server from reading the flooded peer's calls", arguments: [1_000, 60_000, 300_000])
    func heard(size: Int) async throws {
        try await SlowPeer.connected { peer in
            let message = SharedMessage.sized(size)
            while peer.connection.droppedMessages < 10 {
                _ = await peer.connection.deliver(message, channel: "c", policy: .dropOldest)
            }
            for number in 0..<2 {
                peer.raw.send(RawFrame.call("mark", "\(number)"))
                await peer.handler.marks.wait(count: number + 1)
            }
            let texts = await peer.textsUpToNow()
            #expect(texts.count { $0.contains(#""rpc""#) } == 2)
        }
    }

    @Test("does not stop streams")
    func streams() async throws {
        try await SlowPeer.connected { peer in
            for id in ["a", "b"] { peer.raw.send(RawFrame.call("flooded", "10", id: id)) }
            try await until { peer.connection.droppedMessages >= 1 }
            peer.raw.resumeReading()
            let ended = Locked<Set<String>>([])
            let bytes = await peer.raw.received { bytes in
                for id in ["a", "b"]
                where RawFrame.tail(of: bytes, 300_000, has: #""call_id":"\#(id)","response":null"#) {
                    ended.withLock { _ = $0.insert(id) }
                }
                return ended.withLock { $0.count } == 2
            }
            let elements = RawFrame.texts(of: bytes).filter { $0.contains(#""is_end":false"#) }
            for id in ["a", "b"] {
                let results = elements.filter { $0.contains(#""call_id":"\#(id)""#) }
                #expect(results.count == 10)
                for (number, result) in results.enumerated() { #expect(result.contains(#""response":\#(number),"#)) }
            }
        }
    }

    @Test("of calls after queued messages pauses reading, and all calls are answered in the end")
    func callsBehindMessages() async throws {
        try await SlowPeer.connected { peer in
            await peer.publish(0..<1, .disconnect)
            let text = String(repeating: "x", count: 10_000)
            for _ in 0..<500 { peer.raw.send(RawFrame.call("echo", "\"\(text)\"")) }
            try await until { await peer.connection.waitingBytes >= 200_000 }
            for _ in 0..<100 { #expect(await peer.connection.waitingBytes < 300_000) }
            peer.raw.resumeReading()
            let bytes = await peer.raw.received { $0.count > SlowPeer.fillerSize + 5_000_000 }
            #expect(RawFrame.texts(of: bytes).count { $0.contains(#""rpc""#) } > 480)
        }
    }

    @Test("of echoed raw messages that are not read pauses reading, and does not disconnect the peer")
    func echoes() async throws {
        let routes = { WebSocketRoute("/", access: .everyone) { connection, message in connection.send(message) } }
        try await withServer(.quiet, routes: { routes() }) { server in
            let peer = try await RawPeer(port: server.port, reads: false)
            peer.send(RawFrame.upgrade)
            let message = RawFrame.text(String(repeating: "x", count: 10_000))
            for _ in 0..<1_500 { peer.send(message) }
            var before = 0
            while case let now = await peer.unsentBytes, now != before || now == 0 {
                before = now
                try await Task.sleep(for: .milliseconds(50))
            }
            #expect(before > 1_000_000)
            peer.resumeReading()
            let bytes = await peer.received { $0.count > 15_000_000 }
            #expect(bytes.count > 15_000_000)
            peer.close()
        }
    }
}
