import Testing
import Webshocket

@Suite("Hostile peers", .timeLimit(.minutes(5)))
struct HostilePeerTests {
    @Test(
        "a bad request is refused before the upgrade, and later bytes are not parsed as a request",
        arguments: [
            ("GET / HTTP/1.1\r\nHost: a\r\n\r\n", "426"),
            ("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 20\r\n\r\nGET / HTTP/1.1\r\n\r\n", "405"),
            ("GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", "400"),
            ("GET / HTTP/1.0\r\n\r\n", "426"), ("POST / HTTP/1.0\r\n\r\n", "505"),
            ("\u{16}\u{3}\u{1}\u{2}\u{0}\u{1}", "400"),
            ("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "505"),
            ("GET /\(String(repeating: "a", count: 9_000)) HTTP/1.1\r\n", "414"),
            ("GET / HTTP/1.1\r\n\(String(repeating: "A: b\r\n", count: 101))\r\n", "431"),
        ])
    func refusals(request: String, status: String) async throws {
        try await withServer(SampleHandler()) { server in
            let peer = try await RawPeer(port: server.port)
            peer.send(request)
            let answer = await peer.everything()
            #expect(answer.hasPrefix("HTTP/1.1 \(status) "))
            #expect(answer.contains("Connection: close"))
            #expect(answer.split(separator: "\r\nHTTP/1.1").count == 1)
        }
    }

    @Test("a foreign origin is rejected with 403, and the server's own is admitted")
    func origins() async throws {
        try await withServer(SampleHandler()) { server in
            let scheme = TestWire.isSecure ? "https" : "http"
            for (origin, isWelcome) in [
                ("\(scheme)://evil.example", false), ("null", false),
                ("\(scheme)://127.0.0.1:\(server.port).evil.example", false),
                ("\(scheme)://127.0.0.1:\(server.port)", true),
            ] {
                var configuration = ClientConfiguration()
                try configuration.headers.add(name: "Origin", value: origin)
                let client = WebSocketClient(once: server.url, configuration: configuration)
                if isWelcome {
                    try await client.connect()
                    await client.close()
                } else {
                    let error = await #expect(throws: ClientError.self) { try await client.connect() }
                    #expect(error?.httpStatus == 403)
                }
            }
        }
    }

    @Test(
        "invalid frames close the connection with the specified code",
        arguments: [
            ([0x81, 0x01, 0x41], 1002),
            (RawFrame.masked(3, []), 1002),
            (RawFrame.masked(1, [0xFF]), 1007),
            ([0x82, 0xFF, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0], 1002),
            ([0x82, 0xFF, 0x00, 0, 0, 0, 0x40, 0, 0, 0, 0, 0, 0, 0], 1009),
            (RawFrame.masked(8, [0x03]), 1002),
        ] as [([UInt8], Int)])
    func framing(bytes: [UInt8], code: Int) async throws {
        try await withServer(SampleHandler()) { server in
            let peer = try await RawPeer(port: server.port)
            peer.send(RawFrame.upgrade)
            peer.send(bytes)
            let received = await peer.received { _ in false }
            let head = received.firstRange(of: Array("\r\n\r\n".utf8))
            let frames = received[(head?.upperBound ?? 0)...]
            #expect(frames.first == 0x88)
            #expect(frames.dropFirst(2).prefix(2).map(Int.init) == [code >> 8, code & 0xFF])
        }
    }

    @Test("a peer that floods pings and does not read gets fewer pongs than pings")
    func pingFlood() async throws {
        struct Marking: WebSocketHandler {
            let access = Access.everyone
            let marks = Collected<Int>()
            func mark(_ connection: Connection, number: Int) -> Int {
                marks.append(number)
                return number
            }
            var methods: RPCMethods { RPCMethod("mark", mark) }
        }
        let handler = Marking()
        try await withServer(handler) { server in
            let peer = try await RawPeer(port: server.port, reads: false)
            peer.send(RawFrame.upgrade)
            let pings = (0..<1_000).flatMap { _ in RawFrame.masked(9, [UInt8](repeating: 7, count: 125)) }
            for _ in 0..<100 { peer.send(pings) }
            peer.send(RawFrame.call("mark", "3"))
            try await withClient(server.url) { client in try await client.expect(1, from: "mark", 1) }
            await handler.marks.wait(count: 2)
            peer.resumeReading()
            let bytes = await peer.received { $0.suffix(200).contains(sequence: #""response":3,"#) }
            #expect(bytes.suffix(200).contains(sequence: #""response":3,"#))
            #expect(bytes.count < 100_000 * 127)
            peer.close()
        }
    }

    @Test("each arbitrary packet is answered, and the server keeps running", arguments: [UInt64(1), 2, 3])
    func arbitraryPackets(seed: UInt64) async throws {
        try await withServer(SampleHandler()) { server in
            let sample = Array(
                #"{"source":5,"rpc":{"type":"request","method":"add","args":[1,2],"kwargs":{},"call_id":"i"}}"#.utf8)
            var random = SplitMix(state: seed)
            let client = WebSocketClient(once: server.url, configuration: .raw)
            try await client.connect()
            for _ in 0..<300 {
                var bytes = sample
                for _ in 0..<random.next(upTo: 4) {
                    bytes[Int(random.next(upTo: bytes.count))] = UInt8(random.next(upTo: 128))
                }
                try await client.send(.binary(bytes))
            }
            try await client.send(.binary(Array(#"{"source":5,"rpc":{"type":"request","method":"later"}}"#.utf8)))
            for _ in 0..<301 { _ = try await client.receiveMessage() }
            await client.close()
        }
    }
}

/// A seeded random number generator (SplitMix64), so that failures can be reproduced.
struct SplitMix {
    var state: UInt64

    mutating func next(upTo bound: Int) -> Int {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return Int((z ^ (z >> 31)) % UInt64(bound))
    }
}

extension ClientConfiguration {
    static var raw: ClientConfiguration {
        var configuration = ClientConfiguration()
        configuration.isRaw = true
        configuration.reconnect = .never
        configuration.connectTimeout = .patient
        return configuration
    }
}

extension Collection<UInt8> {
    func contains(sequence text: String) -> Bool {
        firstRange(of: Array(text.utf8)) != nil
    }
}
