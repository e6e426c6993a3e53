import Packets
import Testing

@Suite("Every packet that can be written can be read:")
struct DepthTests {
    private static func nested(_ depth: Int, around innermost: WireValue? = nil) -> WireValue {
        innermost.map { value in (0..<depth).reduce(value) { inner, _ in [inner] } }
            ?? (1..<depth).reduce([]) { inner, _ in [inner] }
    }

    /// Nested arrays around a type that encodes nothing, which is written as an empty map.
    private struct Hollow: Encodable {
        let depth: Int

        func encode(to encoder: any Encoder) throws {
            guard depth > 1 else { return }
            var container = encoder.unkeyedContainer()
            try container.encode(Hollow(depth: depth - 1))
        }
    }

    private func request(_ argument: some Encodable, _ codec: PacketCodec) throws -> Packet {
        try packet(
            written { try codec.writeRequest(callID: "1", method: "m", arguments: argument, into: &$0) }, as: codec)
    }

    private func response(_ result: some Encodable & Sendable, _ codec: PacketCodec) throws -> Packet {
        let bytes = try written { buffer in
            try [UInt8]("1".utf8).withUnsafeBytes {
                try codec.writeResponse(callID: $0, result, using: .resolve(), into: &buffer)
            }
        }
        return try packet(bytes, as: codec)
    }

    @Test("an argument can have 61 levels, but not 62", arguments: PacketCodec.allCases)
    func arguments(codec: PacketCodec) throws {
        #expect(throws: Never.self) { try request(Self.nested(61), codec) }
        #expect(throws: EncodingError.self) { try request(Self.nested(62), codec) }
        #expect(throws: Never.self) { try request(Hollow(depth: 61), codec) }
        #expect(throws: EncodingError.self) { try request(Hollow(depth: 62), codec) }
    }

    @Test("a result can have 62 levels, but not 63", arguments: PacketCodec.allCases)
    func results(codec: PacketCodec) throws {
        #expect(throws: Never.self) { try response(Self.nested(62), codec) }
        #expect(throws: EncodingError.self) { try response(Self.nested(63), codec) }
        #expect(throws: Never.self) { try response(Hollow(depth: 62), codec) }
        #expect(throws: EncodingError.self) { try response(Hollow(depth: 63), codec) }
    }

    @Test("an extension counts as one level in JSON, where it is a map, and as no level in MessagePack")
    func extensions() throws {
        let ext = WireValue.ext(type: 5, bytes: [0])
        #expect(throws: Never.self) { try response(Self.nested(61, around: ext), .json) }
        #expect(throws: EncodingError.self) { try response(Self.nested(62, around: ext), .json) }
        #expect(throws: Never.self) { try response(Self.nested(62, around: ext), .messagePack) }
    }
}
