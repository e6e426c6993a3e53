import EventLoops
import Foundation
import Testing
import Webshocket

/// The memory that the server holds for one peer. Uses no API that was added with the tested limits.
@Suite("Memory held for one peer", .timeLimit(.minutes(5)))
struct HeldMemoryTests {
    /// Holds its calls until `release` opens.
    final class Holder: WebSocketHandler {
        let access = Access.everyone
        private struct Counts {
            var running = 0
            var most = 0
            var returned = 0
        }

        static let resultSize = 4_000_000

        let connected = Collected<Connection>()
        let begun: Gate
        let release = Gate()
        let returned = Gate()
        private let counts = Locked(Counts())
        private let expected: Int

        /// - Parameter expected: The number of calls after which `begun` and `returned` open.
        init(expecting expected: Int) {
            self.expected = expected
            begun = Gate()
        }

        var mostRunning: Int { counts.withLock { $0.most } }

        nonisolated(nonsending) func onConnect(_ connection: Connection) async throws { connected.append(connection) }

        private nonisolated(nonsending) func pass() async {
            let running = counts.withLock { counts in
                counts.running += 1
                counts.most = max(counts.most, counts.running)
                return counts.running
            }
            if running == expected { begun.open() }
            await release.wait()
            let ended = counts.withLock { counts in
                counts.running -= 1
                counts.returned += 1
                return counts.returned
            }
            if ended == expected { returned.open() }
        }

        nonisolated(nonsending) func large(_ connection: Connection) async -> String {
            await pass()
            return String(repeating: "x", count: Self.resultSize)
        }

        nonisolated(nonsending) func length(_ connection: Connection, text: String) async -> Int {
            await pass()
            return text.utf8.count
        }

        func add(_ connection: Connection, a: Int, b: Int) -> Int { a + b }

        var methods: RPCMethods {
            RPCMethod("large", large)
            RPCMethod("length", length)
            RPCMethod("add", add)
        }
    }

    private func connected(
        _ handler: Holder, reads: Bool = true, _ body: (RawPeer, WebSocketServer) async throws -> Void
    ) async throws {
        try await withServer(handler) { server in
            let peer = try await RawPeer(port: server.port, reads: reads)
            peer.send(RawFrame.upgrade)
            try await body(peer, server)
            peer.close()
        }
    }

    @Test("results above the limit are replaced by an error, and each call has one response")
    func results() async throws {
        let calls = 20
        let handler = Holder(expecting: calls)
        try await connected(handler, reads: false) { peer, _ in
            for id in 0..<calls { peer.send(RawFrame.call("large", id: "call-\(id)")) }
            await handler.begun.wait()
            handler.release.open()
            await handler.returned.wait()
            let connection = try #require(handler.connected.values.first)
            // Each call ends in the job that returns from its method.
            await connection.loop.run {}
            connection.send(.text("the-end"))
            peer.resumeReading()
            let bytes = await peer.received { RawFrame.tail(of: $0, 20, has: "the-end") }
            // The parts of results do not contain the code.
            let errors = RawFrame.frames(of: bytes).map { String(decoding: $0.payload, as: UTF8.self) }
                .filter { $0.contains(#""code":-32006"#) }
            let whole = bytes.count / Holder.resultSize
            // At least 8 results: those in the queue, plus those in the socket's and the kernel's buffers.
            #expect(whole >= 8 && !errors.isEmpty && whole + errors.count == calls)
            #expect(Set(errors).count == errors.count)
        }
    }

    @Test("a call_id of 256 bytes is accepted, and one of 257 is refused with an empty call_id")
    func callIDs() async throws {
        try await connected(Holder(expecting: 0)) { peer, _ in
            let longest = String(repeating: "i", count: 256)
            peer.send(RawFrame.call("add", "1,2", id: longest))
            for method in ["add", "large", "__ping__", "__abort__", "nope"] {
                peer.send(RawFrame.call(method, "1,2", id: longest + "i"))
            }
            let notification = #"{"type":"request","method":"add","args":[1,2],"call_id":"\#(longest)i","notify":true}"#
            peer.send(RawFrame.text(#"{"source":5,"rpc":\#(notification)}"#))
            peer.send(RawFrame.call("add", "3,4", id: "last"))
            let bytes = await peer.received { RawFrame.tail(of: $0, 200, has: #""call_id":"last""#) }
            let texts = RawFrame.texts(of: bytes)
            #expect(texts.first?.contains(#""call_id":"\#(longest)","response":3"#) == true)
            #expect(texts.count == 7)
            for text in texts.dropFirst().dropLast() {
                #expect(text.hasPrefix(#"{"source":5,"rpc":{"type":"response","call_id":"","#))
            }
            let all = String(decoding: bytes, as: UTF8.self)
            #expect(all.components(separatedBy: #""error":-32602"#).count == 6)
        }
    }

    @Test("requests of calls in flight hold at most 16 MiB; later ones wait, and all are answered")
    func requests() async throws {
        let handler = Holder(expecting: 17)
        try await connected(handler) { peer, server in
            let argument = "\"\(String(repeating: "a", count: 1_000_000))\""
            for id in 0..<20 { peer.send(RawFrame.call("length", argument, id: "\(id)")) }
            await handler.begun.wait()
            handler.release.open()
            let bytes = await peer.received { bytes in
                String(decoding: bytes, as: UTF8.self).components(separatedBy: #""response":1000000"#).count == 21
            }
            #expect(RawFrame.texts(of: bytes).count == 20)
            #expect(handler.mostRunning == 17)
        }
    }
}
