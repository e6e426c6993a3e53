import BlockingPeers
import Webshocket

/// Measures the time to refuse text above the limits, in each place where a peer can send text. The time is from the
/// first byte sent to the last byte of the answer, over loopback.
enum RefusedText {
    /// The maximum time for a refused message of 1 MiB, in milliseconds.
    private static let bound = 5.0
    private static let sizes = [65_536, 262_144, 1_048_576]
    private static let codecs: [(String, PacketCodec)] = [("MessagePack", .messagePack), ("JSON", .json)]

    /// A text that is refused at its start, and one that is refused at its end. The slower one is reported.
    private static func texts(_ size: Int) -> [[UInt8]] { [HostileMessage.text(size), HostileMessage.lateText(size)] }

    /// The messages: a title, a path, and a function that makes a message from a codec and a text.
    private static let places: [(String, path: String, @Sendable (HostileMessage, [UInt8]) -> [UInt8])] = [
        ("key of a packet's data", "/packets", { $0.packet(data: $0.map(($0.string($1), $0.number(1)))) }),
        ("text of a packet's data", "/packets", { $0.packet(data: $0.string($1)) }),
        ("key of an event's data", "/events", { $0.packet(data: $0.map(($0.string($1), $0.number(1)))) }),
        ("key of a packet without a handler", "/calls", { $0.packet(data: $0.map(($0.string($1), $0.number(1)))) }),
        ("key of a map argument", "/calls", { $0.call("map", $0.map(($0.string($1), $0.number(1)))) }),
        ("key of a keyed container", "/calls", { $0.call("keyed", $0.map(($0.string($1), $0.number(1)))) }),
        ("argument that a method compares", "/calls", { $0.call("compare", $0.string($1)) }),
        ("packet of an accepted connection", "accepting", { $0.packet(data: $0.map(($0.string($1), $0.number(1)))) }),
    ]

    static func measure(into report: inout Report) async throws {
        var configuration = ServerConfiguration()
        configuration.loops = 1
        configuration.log = .silent
        configuration.limits.messageSize = 4_194_304
        let server = WebSocketServer(port: 0, configuration: configuration) {
            WebSocketRoute("/packets", Receiver())
            WebSocketRoute("/events", Listener())
            WebSocketRoute("/calls", Methods())
            WebSocketRoute("/guarded", Guarded())
            WebSocketRoute("/text", access: .everyone, receiving: String.self) { connection, text in
                connection.send(text: text == "lobby" ? "yes" : "no")
            }
            WebSocketRoute("/messages", access: .everyone) { connection, message in
                connection.send(Set([message]).isEmpty ? .text("") : message)
            }
            WebSocketRoute(
                "/hostile", access: .everyone, subprotocols: ["webshocket.v1", "webshocket.json"],
                onMessage: HostileServer().answer)
        }
        let accepting = WebSocketServer(port: 0, configuration: configuration)
        try await server.start()
        try await accepting.start()
        let acceptor = Task {
            while let connection = try? await accepting.accept() {
                Task { while let packet = try? await connection.receive() { try? connection.send(packet.data ?? nil) } }
            }
        }
        let (port, acceptingPort, url) = (server.port, accepting.port, server.url)
        report.title("refused text: time to the answer", columns: ["64 KiB ms", "256 KiB ms", "1 MiB ms"])
        report = try await BlockingPeer.aside { [report] in
            var report = report
            for (name, path, message) in places {
                for (codecName, codec) in codecs {
                    try report.measure("\(name), \(codecName)") { size in
                        let isAccepting = path == "accepting"
                        let peer = try Peer(
                            port: isAccepting ? acceptingPort : port, path: isAccepting ? "/" : path, codec)
                        return try texts(size).map { text in
                            let payload = message(HostileMessage(codec: codec), text)
                            let frame = Peer.frame(payload, isText: codec == .json)
                            return try (0..<5).map { _ in try peer.exchange(frame).milliseconds }.min() ?? 0
                        }.max() ?? 0
                    }
                }
            }
            for (name, path) in [
                ("raw text that a handler compares", "/text"), ("raw message that a handler hashes", "/messages"),
            ] {
                try report.measure(name) { size in
                    try texts(size).map { text in
                        let frame = Peer.frame(text, isText: true)
                        return try (0..<5).map { _ in
                            try Peer(port: port, path: path, .json).exchange(frame).milliseconds
                        }.min() ?? 0
                    }.max() ?? 0
                }
            }
            try report.measureRequests(port)
            return report
        }
        for (codecName, codec) in codecs {
            for method in ["reply", "push"] {
                var figures: [Double] = []
                for size in sizes { figures.append(try await HostileServer.time(url, codec, method, size)) }
                report.line("\(method) to a client, \(codecName)", figures)
                report.check("\(method) to a client, \(codecName)", figures.last ?? 0, atMost: bound)
            }
        }
        acceptor.cancel()
        await server.stop(within: .zero)
        await accepting.stop(within: .zero)
    }
}

extension Report {
    fileprivate mutating func measure(_ name: String, _ body: (Int) throws -> Double) throws {
        let figures = try [65_536, 262_144, 1_048_576].map(body)
        line(name, figures)
        check(name, figures.last ?? 0, atMost: 5)
    }

    /// Measures requests with cookies and queries of the maximum size.
    fileprivate mutating func measureRequests(_ port: Int) throws {
        let cookie = String(decoding: HostileMessage.text(15_000), as: UTF8.self)
        let query = HostileMessage.text(2_600).map { $0 < 0x80 ? "a" : "%" + String($0, radix: 16) }.joined()
        for (name, path, head) in [
            ("cookie of 15 KiB", "/guarded", "Cookie: session=\(cookie)\r\n"),
            ("query of 8 KiB", "/guarded?name=\(query)", ""),
        ] {
            let request = Array(Peer.request(path, .json, head: head).utf8)
            let time = try milliseconds(runs: 5) { _ = try BlockingPeer.exchange(request, port: port) }
            line(name, [time])
            check(name, time, atMost: 5)
        }
    }
}
