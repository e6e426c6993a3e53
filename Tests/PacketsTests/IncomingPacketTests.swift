import Bytes
import Foundation
import Packets
import Testing

@Suite("An incoming packet")
struct IncomingPacketTests {
    /// Writes a value in a codec and reads it as a packet.
    private func read(_ message: WireValue, _ codec: PacketCodec) throws -> Packet {
        try packet(written { try codec.write(message, into: &$0) }, as: codec)
    }

    @Test("lends the parts of a request without copying them", arguments: PacketCodec.allCases)
    func request(codec: PacketCodec) throws {
        let message: WireValue = [
            "source": 5,
            "rpc": [
                "type": "request", "method": "add", "args": [10, 20], "kwargs": ["b": 5], "call_id": "id1",
                "timeout": 7.5, "credit": 3, "notify": true,
            ],
        ]
        let bytes = try written { try codec.write(message, into: &$0) }
        try parse(bytes, as: codec) { (root: TapeCursor) throws -> Void in
            guard case .request(let request) = try IncomingPacket(root).body else {
                Issue.record("no request")
                return
            }
            #expect(request.method.elementsEqual("add".utf8))
            #expect(request.arguments?.elements?.map(\.int64) == [10, 20])
            #expect(request.named?.value(forKey: "b" as String)?.int64 == 5)
            #expect(request.callID?.elementsEqual("id1".utf8) == true)
            #expect(request.timeout?.double == 7.5)
            #expect(request.credit?.int64 == 3)
            #expect(request.isNotification)
        }
    }

    @Test("can omit keys that have a default, or set them to nil", arguments: PacketCodec.allCases)
    func defaults(codec: PacketCodec) throws {
        let expected = Packet(source: .rpc, rpc: .request(RPCRequest(method: "m")))
        #expect(try read(["source": 5, "rpc": ["type": "request", "method": "m"]], codec) == expected)
        let nils: WireValue = [
            "source": 5, "data": nil, "channel": nil, "timestamp": nil, "correlation_id": nil,
            "event": nil,
            "rpc": ["type": "request", "method": "m", "args": nil, "kwargs": nil, "call_id": nil],
        ]
        var packet = try read(nils, codec)
        packet.data = nil
        #expect(packet == expected)
    }

    @Test("is read with unknown keys, and with keys in any order", arguments: PacketCodec.allCases)
    func unknownKeys(codec: PacketCodec) throws {
        let message: WireValue = [
            "aa": [1, [2]], "source": 5, "zz": ["source": 1],
            "rpc": ["type": "response", "call_id": "c", "response": "r", "seven77": [:], "eleven_long": 1.5],
        ]
        #expect(
            try read(message, codec)
                == Packet(source: .rpc, rpc: .response(RPCResponse(callID: "c", data: "r"))))
    }

    @Test("prefers the precise code to the closest code", arguments: PacketCodec.allCases)
    func preciseCode(codec: PacketCodec) throws {
        let message: WireValue = [
            "source": 5,
            "rpc": ["type": "response", "call_id": "", "response": "late", "error": -32_603, "code": -32_003],
        ]
        guard case .response(let response) = try read(message, codec).rpc else {
            Issue.record("no response")
            return
        }
        #expect(response.error == .deadlineExceeded && response.callID.isEmpty)
    }

    @Test("with every key is read completely", arguments: PacketCodec.allCases)
    func everyKey(codec: PacketCodec) throws {
        var packet = Packet(source: .channel, data: [1], channel: "news", correlationID: "c1", event: "edited")
        packet.timestamp = Date(timeIntervalSince1970: 1_700_000_000.25)
        #expect(try roundTrip(packet, codec) == packet)
        var mixed = Packet(
            source: .rpc, data: 1, rpc: .response(RPCResponse(callID: "x", error: .init(rawValue: 77))))
        mixed.timestamp = Date(timeIntervalSince1970: 3)
        #expect(try roundTrip(mixed, codec) == mixed)
        let request = Packet(source: .rpc, rpc: .request(RPCRequest(method: "m")), correlationID: "c")
        #expect(try roundTrip(request, codec) == request)
    }

    @Test("has no date if its timestamp is not a finite number", arguments: [Double.nan, .infinity, -.infinity])
    func endlessTimestamp(timestamp: Double) throws {
        let packet = try read(["source": 4, "timestamp": .double(timestamp)], .messagePack)
        #expect(packet.timestamp == nil)
    }

    private func roundTrip(_ packet: Packet, _ codec: PacketCodec) throws -> Packet {
        try PacketsTests.packet(written { try codec.write(packet, into: &$0) }, as: codec)
    }

    static let refused: [(WireValue, PacketError.Part)] = [
        (nil, .packet), (5, .packet), ("source", .packet), ([5], .packet), ([:], .source),
        (["source": nil], .source), (["source": "5"], .source), (["source": 0], .source), (["source": 6], .source),
        (["source": 5.0], .source), (["source": true], .source), (["source": .uint(.max)], .source),
        (["source": 5], .rpc), (["source": 5, "rpc": nil], .rpc), (["source": 5, "rpc": []], .rpc),
        (["source": 5, "rpc": [:]], .type), (["source": 5, "rpc": ["type": 1]], .type),
        (["source": 5, "rpc": ["type": "other"]], .type),
        (["source": 2, "channel": 1], .channel), (["source": 2, "timestamp": "now"], .timestamp),
        (["source": 2, "correlation_id": []], .correlationID), (["source": 4, "event": 1], .event),
    ]

    static let refusedRequests: [(WireValue, PacketError.Part)] = [
        (["type": "request"], .method), (["type": "request", "method": nil], .method),
        (["type": "request", "method": 1], .method),
        (["type": "request", "method": "m", "args": [:]], .arguments),
        (["type": "request", "method": "m", "args": "a"], .arguments),
        (["type": "request", "method": "m", "kwargs": []], .named),
        (["type": "request", "method": "m", "call_id": 7], .callID),
        (["type": "response"], .callID), (["type": "response", "call_id": nil], .callID),
        (["type": "response", "call_id": "c", "error": "e"], .error),
        (["type": "response", "call_id": "c", "error": 1.5], .error),
        (["type": "response", "call_id": "c", "code": "e"], .code),
        (["type": "response", "call_id": "c", "is_stream": 1], .isStream),
        (["type": "response", "call_id": "c", "is_end": "no"], .isEnd),
    ]

    @Test("is rejected with the name of the invalid part", arguments: refused, PacketCodec.allCases)
    func refusals(row: (WireValue, PacketError.Part), codec: PacketCodec) {
        #expect(throws: PacketError.notAPacket(row.1)) { try read(row.0, codec) }
    }

    @Test("is rejected with the name of the invalid part of its call", arguments: refusedRequests, PacketCodec.allCases)
    func callRefusals(row: (WireValue, PacketError.Part), codec: PacketCodec) {
        #expect(throws: PacketError.notAPacket(row.1)) { try read(["source": 5, "rpc": row.0], codec) }
    }
}
