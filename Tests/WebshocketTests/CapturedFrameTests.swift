import Foundation
import Testing
import Webshocket

@Suite("Frames captured from the Python server", .timeLimit(.minutes(1)))
struct CapturedFrameTests {
    /// The methods that the frames were captured from, as far as they concern calls.
    struct Handler: WebSocketHandler {
        func add(_ connection: Connection, a: Int, b: Int) -> Int { a &+ b }
        func nothing(_ connection: Connection) {}
        func named(_ connection: Connection, a: Int, b: Int) -> [String: Int] { ["a": a, "b": b] }
        func fails(_ connection: Connection) throws { throw RPCError("no such user") }
        func breaks(_ connection: Connection) throws { throw SampleHandler.Foreign() }
        func types(_ connection: Connection) -> [Value] {
            [nil, true, -1, .int(1 << 40), 1.5, "é", .bytes([0x00, 0xFF]), ["k": [1]]]
        }
        func textTypes(_ connection: Connection) -> [Value] { types(connection).filter { $0.asBytes == nil } }
        nonisolated(nonsending) func onReceive(_ connection: Connection, packet: Packet) async throws {
            try connection.send(["you_said": packet.data ?? .null])
        }

        var methods: RPCMethods {
            RPCMethod("add", add, parameters: "a", "b")
            RPCMethod("renamed", nothing)
            RPCMethod("named", named, parameters: "a", Parameter("b", default: 2))
            RPCMethod("fails", fails)
            RPCMethod("breaks", breaks)
            RPCMethod("types", types)
            RPCMethod("types_text", textTypes)
        }
    }

    /// One captured exchange.
    struct Capture: Sendable {
        let name: String
        let wire: String
        let sent: [UInt8]
        let received: [UInt8]
        /// The text is the server's own choice, or the id is.
        var hasFreeChoice: Bool { ["no call_id, no kwargs", "missing argument", "internal error"].contains(name) }
    }

    static let file = URL(filePath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        .appending(path: "../shared/interop/vectors.json")

    private static func captures() throws -> [Capture] {
        let rows = try Value(json: String(contentsOf: file, encoding: .utf8)).asArray ?? []
        let cases: Set = [
            "add", "no call_id, no kwargs", "alias", "kwargs", "missing argument", "unknown method",
            "application error", "internal error", "types", "custom data packet",
        ]
        return try rows.compactMap { row in
            guard let name = row["case"]?.asString, cases.contains(name), let wire = row["wire"]?.asString,
                let sent = row["sent"], let answer = row["received"]?[0]
            else { return nil }
            let text = answer["hex"]?.asString?.bytesFromHex ?? Array((answer["text"]?.asString ?? "").utf8)
            let request = try row["sent_hex"]?.asString?.bytesFromHex ?? Array(sent.json().utf8)
            return Capture(name: name, wire: wire, sent: request, received: text)
        }
    }

    @Test("are what this server answers", .enabled(if: FileManager.default.fileExists(atPath: file.path)))
    func frames() async throws {
        let captures = try Self.captures()
        #expect(captures.count == 20)
        try await withServer(Handler()) { server in
            for capture in captures {
                let peer = try await RawPeer(port: server.port)
                let protocolLine = capture.wire == "msgpack" ? "Sec-WebSocket-Protocol: webshocket.v1\r\n" : ""
                peer.send(RawFrame.upgrade.dropLast() + protocolLine + "\r\n")
                let head = await peer.received { $0.firstRange(of: Array("\r\n\r\n".utf8)) != nil }
                let start = head.firstRange(of: Array("\r\n\r\n".utf8))?.upperBound ?? 0
                peer.send(RawFrame.masked(capture.wire == "msgpack" ? 2 : 1, capture.sent))
                let bytes = await peer.received { bytes in
                    guard bytes.count > start + 4 else { return false }
                    return bytes.count >= start + Self.frameLength(bytes[start...])
                }
                let answer = Array(bytes[start...].dropFirst(bytes[start + 1] < 126 ? 2 : 4))
                if capture.hasFreeChoice {
                    #expect(Self.code(answer) == Self.code(capture.received), "\(capture.name), \(capture.wire)")
                } else {
                    #expect(answer == capture.received, "\(capture.name), \(capture.wire)")
                }
                peer.close()
            }
        }
    }

    private static func frameLength(_ bytes: ArraySlice<UInt8>) -> Int {
        let short = Int(bytes[bytes.startIndex + 1])
        guard short == 126 else { return 2 + short }
        return 4 + Int(bytes[bytes.startIndex + 2]) << 8 + Int(bytes[bytes.startIndex + 3])
    }

    /// Everything behind the text that a server chooses: the error, and whether it is the end.
    private static func code(_ bytes: [UInt8]) -> [UInt8]? {
        bytes.ranges(of: Array("error".utf8)).last.map { Array(bytes[$0.lowerBound...]) }
    }
}
