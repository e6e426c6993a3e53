import Bytes
import Packets

/// Fuzzes the MessagePack parser. Decoded values and packets are encoded and decoded again.
enum MessagePackTarget: FuzzTarget {
    static let name = "messagepack"

    static let seeds =
        Samples.packets(.messagePack) + Samples.scalars
        + Samples.depths.map { [UInt8](repeating: 0x91, count: $0) + [0xd4, 5, 0] }
        + Samples.runs.map { [0xda, 0, UInt8($0.utf8.count)] + Array($0.utf8) }

    /// The keys, and headers with the maximum length.
    static let words =
        Samples.keys.map { [0xa0 | UInt8($0.utf8.count)] + Array($0.utf8) }
        + ["c6ffffffff", "c9ffffffff", "dbffffffff", "dcffff", "ddffffffff", "deffff", "dfffffffff"].map { hex($0) }

    static func run(_ input: UnsafeRawBufferPointer) {
        let value = Reading(of: input, as: .messagePack).check()
        var reference = PlainMessagePackDecoder(input)
        let expected = reference.message()
        check(value?.same(as: expected) ?? (expected == nil), "both decoders agree: \([value, expected])")
    }
}

/// Fuzzes the JSON parser. Decoded values and packets are encoded and decoded again.
enum JSONTarget: FuzzTarget {
    static let name = "json"

    static let seeds =
        Samples.packets(.json)
        + [
            #" { "a" : [ 1 , -2.5e-3 , true , false , null , "\u00e9\ud83d\ude00\n\"\\\/" ] , "a" : { } } "#, "-0",
            "1e308",
            "18446744073709551615", "18446744073709551616", "-9223372036854775809", "[9007199254740993,0.1,5e-324]",
        ].map { Array($0.utf8) }
        + Samples.depths.map { depth in
            Array((String(repeating: "[", count: depth) + String(repeating: "]", count: depth)).utf8)
        } + Samples.runs.map { Array("\"\($0)\\u0301\"".utf8) }

    static let words =
        (Samples.keys.map { "\"\($0)\":" } + [
            "null", "true", "false", "\\ud83d\\ude00", "\\udc00", "1e400", "18446744073709551616", "-0.0", "[[[[[[[[",
            "]]]]]]]]",
        ]).map { Array($0.utf8) }

    static func run(_ input: UnsafeRawBufferPointer) {
        let value = Reading(of: input, as: .json).check()
        var reference = PlainJSONDecoder(input)
        let expected = reference.message()
        check(value == expected, "both decoders agree: \([value, expected])")

        // Every decoded value can be encoded as JSON, compact or pretty-printed.
        guard let value else { return }
        guard let text = try? value.json(), let pretty = try? value.json(pretty: true) else {
            fail("a decoded value can be encoded: \(value)")
        }
        check(
            (try? WireValue(json: text)) == value && (try? WireValue(json: pretty)) == value,
            "JSON survives a round trip: \(text)")
        check(value.description == text.escapingControls(as: \.escaped), "the description is escaped JSON")
    }
}

enum Samples {
    /// Runs of combining marks at the limit and above it.
    static let runs = [28, 29, 30, 31].map { "a" + String(repeating: "\u{301}", count: $0) }

    /// Depths of nested containers, around the limits for the data of a packet and for a message.
    static let depths = 60...65

    static let keys = [
        "source", "rpc", "data", "channel", "timestamp", "correlation_id", "event", "type", "request", "response",
        "method",
        "args",
        "kwargs", "call_id", "error", "code", "is_stream", "is_end",
    ]

    static func packets(_ codec: PacketCodec) -> [[UInt8]] {
        let packets = [
            Packet(
                source: .rpc,
                rpc: .request(RPCRequest(method: "add", arguments: [1, -300, 2.5], named: ["b": nil], callID: "id1"))),
            Packet(source: .rpc, rpc: .response(RPCResponse(callID: "id1", data: ["sum": [true, "text"]]))),
            Packet(
                source: .rpc,
                rpc: .response(RPCResponse(callID: "", data: "no", error: .cancelled, isStream: true, isEnd: true))),
            Packet(source: .channel, data: [1, ["a": "b"]], channel: "news", correlationID: "7"),
            Packet(source: .rpc, data: 1, rpc: .request(RPCRequest(method: "m")), channel: "c", correlationID: "x"),
            Packet(source: .custom, data: .bytes([1, 2, 255]), event: "typing"),
            Packet(source: .broadcast, data: .timestamp(Timestamp(seconds: -1, nanoseconds: 5))),
        ]
        return packets.enumerated().compactMap { index, packet in
            var packet = packet
            if !index.isMultiple(of: 2) { packet.sentAt = Double(index) + 0.5 }
            var buffer = ByteBuffer()
            try? codec.write(packet, into: &buffer)
            return buffer.array
        }
    }

    /// A value in each format of MessagePack.
    static let scalars = [
        "c0", "c2", "c3", "7f", "e0", "ccff", "cdffff", "ceffffffff", "cfffffffffffffffff", "d080", "d18000",
        "d280000000",
        "d38000000000000000", "ca3fc00000", "cb7ff8000000000000", "a3e282ac", "d90161", "da000161", "db0000000161",
        "c40101", "c5000101", "c60000000101", "d40501", "d5050102", "d6ff00000001", "d7ff0000000100000001",
        "d805" + String(repeating: "00", count: 16), "c70cff000000010000000000000001", "c8000105ff", "c90000000105ff",
        "9101", "dc000101", "dd0000000101", "8101c0", "de0001a161c0", "df00000001a161c0", "82a161 01 a161 02",
    ].map { hex($0) }
}
