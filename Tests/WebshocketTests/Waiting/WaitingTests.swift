import EventLoops
import Testing
import Webshocket

@Suite("Messages that wait", .timeLimit(.minutes(5)))
struct WaitingTests {
    /// Methods and messages that wait until a test opens a gate, and records of what ran.
    private final class Handler: WebSocketHandler {
        let access = Access.everyone
        let runs = Collected<String>()
        let mayConnect = Gate()
        let mayReceive = Gate()
        let mayReturn = Gate()

        nonisolated(nonsending) func onConnect(_ connection: Connection) async throws {
            if connection.query == "held" { await mayConnect.wait() }
            runs.append("connected")
        }

        nonisolated(nonsending) func onReceive(_ connection: Connection, packet: Packet) async throws {
            runs.append("received \(packet.data?.asString ?? "")")
            await mayReceive.wait()
            runs.append("returned")
        }

        func held(_ connection: Connection) async throws {
            try await connection.clock.sleep(for: .seconds(86_400))
        }

        func brief(_ connection: Connection) async { await mayReturn.wait() }

        func note(_ connection: Connection, text: String) { runs.append(text) }

        func ticks(_ connection: Connection) -> AsyncStream<Int> {
            AsyncStream { stream in
                for number in 0..<10 { stream.yield(number) }
                stream.finish()
            }
        }

        var methods: RPCMethods {
            RPCMethod("held", held)
            RPCMethod("brief", brief)
            RPCMethod("note", note)
            RPCMethod("ticks", ticks)
        }
    }

    /// Sends a call of `ticks`, with credit.
    private func sendTicks(_ peer: PacketPeer, credit: Int64) throws {
        try peer.send(
            value: [
                "source": 5,
                "rpc": ["type": "request", "method": "ticks", "args": [], "call_id": "s", "credit": .int(credit)],
            ])
    }

    @Test(
        "do not delay a ping, credit or an abort behind 128 calls in flight and 1,000 calls that wait",
        arguments: PacketCodec.codecs)
    func crowd(codec: PacketCodec) async throws {
        let handler = Handler()
        try await withServer(handler) { server in
            try await PacketPeer.connected(to: server, codec) { peer in
                try sendTicks(peer, credit: 1)
                #expect(try await peer.response().data == 0)
                for number in 0..<128 { try peer.call("held", [], id: "h\(number)") }
                for number in 0..<1_000 { try peer.call("note", [.string("\(number)")], id: "n\(number)") }

                try peer.call("__ping__", [], id: "p")
                #expect(try await peer.response().callID == "p")
                try peer.call("__credit__", ["s", 1])
                let element = try await peer.response()
                #expect(element.callID == "s" && element.data == 1)
                // A call that waits does not run.
                try peer.call("__abort__", ["n7"])
                let waiting = try await peer.response()
                #expect(waiting.callID == "n7" && waiting.error == .cancelled)
                #expect(handler.runs.values == ["connected"])

                try peer.call("__abort__", ["h5"])
                let held = try await peer.response()
                #expect(held.callID == "h5" && held.error == .cancelled)
                // Calls of one synchronous method fit into the place of the aborted call, one after the other.
                let notes = (0..<1_000).filter { $0 != 7 }
                for number in notes { #expect(try await peer.response().callID == "n\(number)") }
                #expect(handler.runs.values == ["connected"] + notes.map(String.init))
            }
        }
    }

    @Test(
        "are processed in order when `onConnect` has returned; a ping is answered before", arguments: PacketCodec.codecs
    )
    func connecting(codec: PacketCodec) async throws {
        let handler = Handler()
        handler.mayReceive.open()
        try await withServer(handler) { server in
            try await PacketPeer.connected(to: server, path: "/?held", codec) { peer in
                try peer.call("note", ["first"], id: "n1")
                try peer.send("packet", event: "any")
                try peer.call("note", ["second"], id: "n2")
                try await peer.expect(.null, from: "__ping__")
                #expect(handler.runs.values == [])
                handler.mayConnect.open()
                #expect(try await peer.response().callID == "n1")
                #expect(try await peer.response().callID == "n2")
                #expect(handler.runs.values == ["connected", "first", "received packet", "returned", "second"])
            }
        }
    }

    @Test("are processed in order when `onReceive` has returned; a call in flight can be aborted before")
    func receiving() async throws {
        let handler = Handler()
        try await withServer(handler) { server in
            try await PacketPeer.connected(to: server, .json) { peer in
                try peer.call("held", [], id: "h")
                try peer.send("one", event: "any")
                try peer.send("two", event: "any")
                try peer.call("note", ["three"], id: "n")
                try peer.call("__abort__", ["h"])
                #expect(try await peer.response().callID == "h")
                #expect(handler.runs.values == ["connected", "received one"])
                handler.mayReceive.open()
                #expect(try await peer.response().callID == "n")
                #expect(
                    handler.runs.values
                        == ["connected", "received one", "returned", "received two", "returned", "three"])
            }
        }
    }

    @Test("include credit for a stream that waits", arguments: PacketCodec.codecs)
    func credit(codec: PacketCodec) async throws {
        var configuration = ServerConfiguration.quiet
        configuration.limits.callsInFlight = 1
        let handler = Handler()
        try await withServer(handler, configuration) { server in
            try await PacketPeer.connected(to: server, codec) { peer in
                try peer.call("brief", [], id: "b")
                try sendTicks(peer, credit: 1)
                try peer.call("__credit__", ["s", 2])
                try await peer.expect(.null, from: "__ping__")
                handler.mayReturn.open()
                #expect(try await peer.response().callID == "b")
                for number: Int64 in 0..<3 { #expect(try await peer.response().data == .int(number)) }
                try await peer.expect(.null, from: "__ping__")
            }
        }
    }

    @Test("pause reading at their limit, and all are processed in the end")
    func full() async throws {
        var configuration = ServerConfiguration.quiet
        configuration.limits.callsInFlight = 1
        configuration.limits.waitingMessages = 8
        let handler = Handler()
        try await withServer(handler, configuration) { server in
            try await PacketPeer.connected(to: server, .json) { peer in
                try peer.call("brief", [], id: "b")
                for number in 0..<7 { try peer.call("note", [.string("\(number)")], id: "n\(number)") }
                // The response shows that the messages before it wait.
                try await peer.expect(.null, from: "__ping__")
                #expect(handler.runs.values == ["connected"])
                try peer.call("note", ["7"], id: "n7")
                // The server does not read this one before the others have run.
                try peer.call("__ping__", [], id: "p")
                handler.mayReturn.open()
                #expect(try await peer.response().callID == "b")
                for number in 0..<8 { #expect(try await peer.response().callID == "n\(number)") }
                #expect(try await peer.response().callID == "p")
            }
        }
    }

    @Test("are processed before the peer's close frame")
    func close() async throws {
        let handler = Handler()
        try await withServer(handler) { server in
            try await PacketPeer.connected(to: server, .json) { peer in
                try peer.send("one", event: "any")
                try peer.send("two", event: "any")
                try await peer.expect(.null, from: "__ping__")
                peer.send(bytes: RawFrame.masked(8, [0x03, 0xE8]))
                handler.mayReceive.open()
                try await peer.expectClose(.normal)
                #expect(
                    handler.runs.values == ["connected", "received one", "returned", "received two", "returned"])
            }
        }
    }

    @Test("are lost if the connection ends without a close frame")
    func reset() async throws {
        let handler = Handler()
        try await withServer(handler) { server in
            try await PacketPeer.connected(to: server, .json) { peer in
                try peer.send("one", event: "any")
                try peer.send("two", event: "any")
                try await peer.expect(.null, from: "__ping__")
            }
            try await until { server.connectionCount == 0 }
            #expect(handler.runs.values.first == "connected" && !handler.runs.values.contains("received two"))
            handler.mayReceive.open()
        }
    }

    @Test("are aborted as what they are: a stream, or a token", arguments: PacketCodec.codecs)
    func aborted(codec: PacketCodec) async throws {
        let doorman = Doorman()
        let handler = Handler()
        var configuration = ServerConfiguration.quiet
        configuration.limits.callsInFlight = 1
        try await withServer(handler, configuration) { server in
            try await PacketPeer.connected(to: server, codec) { peer in
                try peer.call("held", [], id: "h")
                try peer.call("ticks", [], id: "s")
                try peer.call("__abort__", ["s"])
                let stream = try await peer.response()
                #expect(stream.callID == "s" && stream.error == .cancelled && stream.isStream && stream.isEnd)
            }
        }
        try await withServer(doorman, configuration) { server in
            try await PacketPeer.connected(to: server, path: "/?as=bob", codec) { peer in
                try peer.call("held", [], id: "h")
                try peer.call("whoami", [], id: "1")
                try peer.call("__authenticate__", ["ann"], id: "2")
                try peer.call("__abort__", ["2"])
                let token = try await peer.response()
                #expect(token.callID == "2" && token.error == .cancelled)
                try peer.call("__abort__", ["h"])
                #expect(try await peer.response().callID == "h")
                #expect(try await peer.response().data == "bob")
                try await peer.expect("bob", from: "whoami")
            }
        }
    }

    @Test("include a request that is refused, so that nothing overtakes `onConnect`")
    func invalid() async throws {
        let handler = Handler()
        try await withServer(handler) { server in
            try await PacketPeer.connected(to: server, path: "/?held", .json) { peer in
                peer.send(
                    .text(#"{"source":5,"rpc":{"type":"request","method":"note","args":["\ud83d"],"call_id":"x"}}"#))
                try peer.call("note", [], id: String(repeating: "i", count: 300))
                try await peer.expect(.null, from: "__ping__")
                handler.mayConnect.open()
                #expect(try await peer.response().error == .notAPacket)
                #expect(try await peer.response().error == .invalidParameters)
                #expect(handler.runs.values == ["connected"])
            }
        }
    }

    @Test("do not delay requests that do not wait, but these are limited in rate, and all are answered")
    func rate() async throws {
        let handler = Handler()
        try await withServer(handler) { server in
            try await PacketPeer.connected(to: server, path: "/?held", .json) { peer in
                let count = 8_300
                let ping = RawFrame.call("__ping__")
                peer.send(bytes: Array(repeatElement(ping, count: count).joined()))
                for _ in 0..<count { _ = try await peer.frame() }
                handler.mayConnect.open()
                try await peer.expect(.null, from: "__ping__")
            }
        }
    }

    @Test("run as the user whose token came before them")
    func tokens() async throws {
        var configuration = ServerConfiguration.quiet
        configuration.limits.callsInFlight = 1
        let doorman = Doorman()
        try await withServer(doorman, configuration) { server in
            try await PacketPeer.connected(to: server, path: "/?as=bob", .json) { peer in
                try peer.call("held", [], id: "h")
                try peer.call("whoami", [], id: "1")
                try peer.call("__authenticate__", ["ann"], id: "2")
                try peer.call("whoami", [], id: "3")
                try await peer.expect(.null, from: "__ping__")
                try peer.call("__abort__", ["h"])
                #expect(try await peer.response().callID == "h")
                #expect(try await peer.response().data == "bob")
                #expect(try await peer.response().data == true)
                #expect(try await peer.response().data == "ann")
            }
        }
    }

    @Test("include the hello, which is answered during a shutdown although `onConnect` runs")
    func hello() async throws {
        let handler = Handler()
        try await withServer(handler) { server in
            try await PacketPeer.connected(to: server, path: "/?held", .json) { peer in
                try peer.call("__hello__", [], id: "hi")
                try await peer.expect(.null, from: "__ping__")
                async let stopped: Void = server.stop(within: .seconds(60))
                #expect(try await peer.response().callID == "hi")
                handler.mayConnect.open()
                peer.close()
                await stopped
            }
        }
    }

    @Test("are refused when the server shuts down")
    func shutdown() async throws {
        var configuration = ServerConfiguration.quiet
        configuration.limits.callsInFlight = 1
        let handler = Handler()
        try await withServer(handler, configuration) { server in
            try await PacketPeer.connected(to: server, .json) { peer in
                try peer.call("brief", [], id: "b")
                try peer.call("note", ["late"], id: "n")
                try await peer.expect(.null, from: "__ping__")
                async let stopped: Void = server.stop(within: .seconds(60))
                let refused = try await peer.response()
                #expect(refused.callID == "n" && refused.error == .shuttingDown)
                handler.mayReturn.open()
                #expect(try await peer.response().callID == "b")
                peer.close()
                await stopped
                #expect(handler.runs.values == ["connected"])
            }
        }
    }
}
