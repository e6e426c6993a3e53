import Testing
import Webshocket

@Suite("Streams and the outbound queue", .timeLimit(.minutes(5)))
struct StreamRoomTests {
    @Test("a stream to a peer that does not read waits with a bounded queue, and can still be aborted")
    func unreadQueue() async throws {
        let handler = StreamingHandler()
        try await withServer(handler) { server in
            let peer = try await RawPeer(port: server.port, reads: false)
            peer.send(RawFrame.upgrade)
            peer.send(RawFrame.call("wide", "1000", id: "s"))
            let connection = try await handler.connectionHeldBack()
            #expect(await connection.queuedBytes < 70_000)
            peer.send(RawFrame.call("__abort__", #""s""#, id: "abort"))
            await handler.wait { $0.running == 0 }
            peer.resumeReading()
            let text = String(
                decoding: await peer.received { $0.suffix(400).contains(sequence: #""error":-32603"#) }, as: UTF8.self)
            // Each element that was produced was sent, except possibly one that was in progress when the abort arrived.
            let sent = text.ranges(of: #""response":"x"#).count
            #expect(sent...sent + 1 ~= handler.tapped.produced)
            peer.close()
        }
    }

    @Test("a stream leaves room for other streams of its connection")
    func fairness() async throws {
        let handler = StreamingHandler()
        try await withServer(handler) { server in
            let peer = try await RawPeer(port: server.port)
            // All in one write, so that no stream starts early and fills the kernel's buffers.
            let calls = ["a", "b", "c", "d"].flatMap { RawFrame.call("wide", "1000", id: $0) }
            peer.send(Array(RawFrame.upgrade.utf8) + calls)
            let text = String(decoding: await peer.received { $0.count > 4_000_000 }, as: UTF8.self)
            peer.close()
            for id in ["a", "b", "c", "d"] { #expect(text.ranges(of: #""call_id":"\#(id)""#).count > 500) }
        }
    }

    @Test("a stream that waits for room continues, although another stream was granted credit meanwhile")
    func grantWhileFull() async throws {
        let handler = StreamingHandler()
        try await withServer(handler) { server in
            let peer = try await RawPeer(port: server.port, reads: false)
            peer.send(RawFrame.upgrade)
            peer.send(RawFrame.call("wide", "1000", id: "full"))
            _ = try await handler.connectionHeldBack()
            let limited = #""args":[1],"credit":1"#
            for id in ["a", "b"] {
                peer.send(
                    RawFrame.text(
                        #"{"source":5,"rpc":{"type":"request","method":"count","call_id":"\#(id)",\#(limited)}}"#))
                // Repeatedly, because the stream waits for room and not for credit.
                for _ in 0..<100 { peer.send(RawFrame.call("__credit__", #""a",1"#, id: "grant")) }
            }
            peer.send(RawFrame.call("__abort__", #""full""#, id: "abort"))
            peer.resumeReading()
            let text = String(
                decoding: await peer.received { bytes in
                    bytes.suffix(400).contains(sequence: #""call_id":"b","response":null"#)
                }, as: UTF8.self)
            for id in ["a", "b"] { #expect(text.contains(#""call_id":"\#(id)","response":null"#)) }
            peer.close()
        }
    }
}
