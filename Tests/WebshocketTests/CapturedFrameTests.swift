import Foundation
import Testing
import Webshocket

@Suite("Frames captured from the Python server", .timeLimit(.minutes(5)))
struct CapturedFrameTests {
    /// The methods that the frames were captured from.
    struct Handler: WebSocketHandler {
        let access = Access.everyone

        func add(_ connection: Connection, a: Int, b: Int) -> Int { a &+ b }
        func nothing(_ connection: Connection) {}
        func named(_ connection: Connection, a: Int, b: Int) -> [String: Int] { ["a": a, "b": b] }
        func fails(_ connection: Connection) throws { throw RPCError("no such user") }
        func breaks(_ connection: Connection) throws { throw SampleHandler.Foreign() }
        func types(_ connection: Connection) -> [WireValue] {
            [nil, true, -1, .int(1 << 40), 1.5, "é", .bytes([0x00, 0xFF]), ["k": [1]]]
        }
        func textTypes(_ connection: Connection) -> [WireValue] { types(connection).filter { $0.asBytes == nil } }
        func login(_ connection: Connection) throws -> Bool {
            connection.isAdmin = true
            try connection.subscribe(to: "news")
            return true
        }
        func tell(_ connection: Connection, text: String) throws -> Bool {
            try connection.publish(text, to: "news")
            try connection.broadcast("to all")
            return true
        }
        func secret(_ connection: Connection) -> String { "Sensitive Data" }
        func ok(_ connection: Connection) -> String { "ok" }
        func count(_ connection: Connection, n: Int) -> AsyncStream<Int> {
            AsyncStream { continuation in
                for number in 0..<n { continuation.yield(number) }
                continuation.finish()
            }
        }
        nonisolated(nonsending) func onReceive(_ connection: Connection, packet: Packet) async throws {
            try connection.send(["you_said": packet.data ?? .null])
        }

        var methods: RPCMethods {
            RPCMethod("add", add, parameters: "a", "b")
            RPCMethod("renamed", nothing)
            RPCMethod("named", named, parameters: "a", Parameter("b", default: 2))
            RPCMethod("fails", fails)
            RPCMethod("breaks", breaks)
            RPCMethod("login", login)
            RPCMethod("secret", secret).requires(Is("isAdmin"))
            RPCMethod("limited", ok).rateLimit(1, per: "1m")
            RPCMethod("limited_hard", ok).rateLimit(1, per: "1m", onExceeded: .disconnect)
            RPCMethod("count", count)
            RPCMethod("types", types)
            RPCMethod("tell", tell)
            RPCMethod("types_text", textTypes)
        }
    }

    /// One captured exchange: the bytes sent, and each message received in return.
    struct Capture: Sendable {
        let name: String
        let sent: [UInt8]
        let received: [Answer]
    }

    enum Answer: Sendable {
        case message([UInt8])
        case close(code: Int, reason: String)
    }

    static let file = URL(filePath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        .appending(path: "../shared/interop/vectors.json")

    /// The captures of one codec, in their order on one connection.
    private static func captures(_ wire: String) throws -> [Capture] {
        let rows = try WireValue(json: String(contentsOf: file, encoding: .utf8)).asArray ?? []
        return try rows.compactMap { row in
            guard row["wire"]?.asString == wire, let name = row["case"]?.asString,
                let sent = row["sent"], let received = row["received"]?.asArray
            else { return nil }
            return Capture(
                name: name, sent: try row["sent_hex"]?.asString?.bytesFromHex ?? Array(sent.json().utf8),
                received: received.map { answer in
                    if let code = answer["closed"]?.asInt {
                        return .close(code: code, reason: answer["reason"]?.asString ?? "")
                    }
                    return .message(
                        answer["hex"]?.asString?.bytesFromHex ?? Array((answer["text"]?.asString ?? "").utf8))
                })
        }
    }

    @Test(
        "this server answers the captured requests with the captured frames, in order, on one connection",
        .enabled(if: FileManager.default.fileExists(atPath: file.path)), arguments: ["msgpack", "json"])
    func frames(wire: String) async throws {
        let captures = try Self.captures(wire)
        #expect(captures.count == 19)
        try await withServer(Handler()) { server in
            let peer = try await RawPeer(port: server.port)
            let protocolLine = wire == "msgpack" ? "Sec-WebSocket-Protocol: webshocket.v1\r\n" : ""
            peer.send(RawFrame.upgrade.dropLast() + protocolLine + "\r\n")
            let head = await peer.received { $0.firstRange(of: Array("\r\n\r\n".utf8)) != nil }
            var read = head.firstRange(of: Array("\r\n\r\n".utf8))?.upperBound ?? 0
            for capture in captures {
                peer.send(RawFrame.masked(wire == "msgpack" ? 2 : 1, capture.sent))
                for expected in capture.received {
                    let (opcode, payload) = await Self.frame(of: peer, from: &read)
                    switch expected {
                    case .message(let bytes):
                        #expect(opcode == (wire == "msgpack" ? 2 : 1))
                        #expect(
                            try Self.comparable(payload, capture.name, wire)
                                == Self.comparable(bytes, capture.name, wire), "\(capture.name)")
                    case .close(let code, let reason):
                        #expect(opcode == 8)
                        #expect(payload == [UInt8(code >> 8), UInt8(code & 0xFF)] + Array(reason.utf8))
                    }
                }
            }
            peer.close()
        }
    }

    /// The bytes without the parts that a server may choose freely.
    private static func comparable(_ bytes: [UInt8], _ name: String, _ wire: String) throws -> [UInt8] {
        switch name {
        case "no call_id, no kwargs", "missing argument", "internal error":
            // The server chooses the text or the ID; the bytes after it must match.
            return bytes.ranges(of: Array("error".utf8)).last.map { Array(bytes[$0.lowerBound...]) } ?? []
        case "limited 2":
            // `retry_after` follows the keys that the Python server sends.
            guard wire == "json", let extra = bytes.firstRange(of: Array(#","retry_after""#.utf8)) else {
                return withoutRetry(bytes)
            }
            return bytes[..<extra.lowerBound] + Array("}}".utf8)
        default: return bytes
        }
    }

    /// A MessagePack response without its last key, if that is `retry_after`, a double.
    private static func withoutRetry(_ bytes: [UInt8]) -> [UInt8] {
        let key: [UInt8] = [0xAB] + Array("retry_after".utf8)
        guard let extra = bytes.firstRange(of: key), let map = bytes.firstIndex(of: 0x87) else { return bytes }
        var rest = Array(bytes[..<extra.lowerBound])
        rest[map] = 0x86
        return rest
    }

    private static func frame(of peer: RawPeer, from read: inout Int) async -> (opcode: UInt8, payload: [UInt8]) {
        let start = read
        let bytes = await peer.received { bytes in
            bytes.count >= start + 4 && bytes.count >= start + frameLength(bytes[start...])
        }
        guard bytes.count >= start + 4 else { return (0, []) }
        read = start + frameLength(bytes[start...])
        return (bytes[start] & 0x0F, Array(bytes[start..<read].dropFirst(bytes[start + 1] < 126 ? 2 : 4)))
    }

    private static func frameLength(_ bytes: ArraySlice<UInt8>) -> Int {
        let short = Int(bytes[bytes.startIndex + 1])
        guard short == 126 else { return 2 + short }
        return 4 + Int(bytes[bytes.startIndex + 2]) << 8 + Int(bytes[bytes.startIndex + 3])
    }
}
