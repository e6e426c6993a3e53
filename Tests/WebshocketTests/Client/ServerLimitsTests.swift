import Bytes
import Testing
import Webshocket

@Suite("A server's limits")
struct ServerLimitsTests {
    private static func bytes(_ data: WireValue, _ codec: PacketCodec) throws -> [UInt8] {
        var buffer = ByteBuffer()
        try codec.write(Packet(source: .custom, data: data), into: &buffer)
        return buffer.array
    }

    private static func nested(_ levels: Int) -> WireValue { levels == 0 ? 1 : .array([nested(levels - 1)]) }

    private static func limits(size: Int? = nil, depth: Int = 64, elements: Int = 65_536) -> AnnouncedLimits {
        var limits = AnnouncedLimits(elements: elements)
        limits.messageSize = size
        limits.depth = depth
        return limits
    }

    @Test("on the size allow exactly that number of bytes", arguments: PacketCodec.allCases)
    func size(codec: PacketCodec) throws {
        let bytes = try Self.bytes("some text", codec)
        #expect(Self.limits(size: bytes.count).excess(of: bytes, as: codec) == nil)
        let excess = Self.limits(size: bytes.count - 1).excess(of: bytes, as: codec)
        #expect(excess == ExceededLimit(.messageSize, actual: bytes.count, limit: bytes.count - 1))
        #expect(Self.limits().excess(of: bytes, as: codec) == nil)
    }

    @Test(
        "on the depth allow exactly that number of levels, including the packet's own", arguments: PacketCodec.allCases)
    func depth(codec: PacketCodec) throws {
        for limit in [2, 5, 60] {
            let fitting = try Self.bytes(Self.nested(limit - 1), codec)
            #expect(Self.limits(depth: limit).excess(of: fitting, as: codec) == nil)
            let excess = Self.limits(depth: limit).excess(of: try Self.bytes(Self.nested(limit), codec), as: codec)
            #expect(excess == ExceededLimit(.depth, actual: nil, limit: limit))
        }
    }

    @Test("on the depth ignore bytes that only look like containers", arguments: PacketCodec.allCases)
    func lookalikes(codec: PacketCodec) throws {
        for text in ["[{", "\u{411}"] {
            let bytes = try Self.bytes(.string(String(repeating: text, count: 200)), codec)
            #expect(Self.limits(depth: 3).excess(of: bytes, as: codec) == nil)
        }
        let wide = WireValue.array(Array(repeating: [], count: 200))
        #expect(Self.limits(depth: 3).excess(of: try Self.bytes(wide, codec), as: codec) == nil)
        #expect(Self.limits(depth: 2).excess(of: try Self.bytes(wide, codec), as: codec)?.kind == .depth)
    }

    @Test("on the elements use the count of the server's parser", arguments: PacketCodec.allCases)
    func elements(codec: PacketCodec) throws {
        let bytes = try Self.bytes(.array(Array(repeating: 0, count: 100)), codec)
        let parser = PacketParser()
        let count = try bytes.withUnsafeBytes { try parser.read($0, as: codec) { _ in parser.tokenCount } }
        #expect(Self.limits(elements: count).excess(of: bytes, as: codec) == nil)
        let excess = Self.limits(elements: count - 1).excess(of: bytes, as: codec)
        #expect(excess == ExceededLimit(.elements, actual: count, limit: count - 1))
    }

    @Test("apply only to the size of a raw message")
    func raw() {
        let bytes = Array(repeating: UInt8(ascii: "["), count: 100)
        #expect(Self.limits(size: 100, depth: 2, elements: 5).excess(of: bytes, as: nil) == nil)
        #expect(Self.limits(size: 99).excess(of: bytes, as: nil)?.actual == 100)
    }

    @Test("are taken from a hello if they are present and valid")
    func hello() {
        func read(_ data: WireValue, error: RPCErrorCode? = nil) -> ServerHello {
            ServerHello(RPCResponse(callID: "_1", data: data, error: error), defaults: AnnouncedLimits(elements: 500))
        }
        let whole = read([
            "limits": ["message_size": 1_048_576, "depth": 32, "elements": 1_000, "call_id": 128, "new": 1],
            "expires_in": 3_599.5, "more": [1],
        ])
        #expect(whole.limits.messageSize == 1_048_576 && whole.limits.depth == 32)
        #expect(whole.limits.elements == 1_000 && whole.limits.callID == 128)
        #expect(whole.expiresIn == .milliseconds(3_599_500))
        let unknown = ServerHello(RPCResponse(callID: "_1"), defaults: AnnouncedLimits(elements: 500))
        let others: [WireValue] = [
            nil, [], "x", [:], ["limits": 5], ["limits": ["depth": 0, "elements": "many"], "expires_in": -1],
        ]
        for data in others { #expect(read(data) == unknown) }
        #expect(read(["limits": ["depth": 3]], error: .methodNotFound) == unknown)
        #expect(unknown.limits == AnnouncedLimits(elements: 500) && unknown.expiresIn == nil)
    }

    @Test("appear in the error with the actual and the allowed value")
    func text() {
        let error = ClientError(ExceededLimit(.messageSize, actual: 2_001, limit: 2_000))
        #expect("\(error)" == "requestTooLarge: the server accepts at most 2000 bytes in one message (got 2001)")
        #expect(error.delivery == .notSent && error.exceededLimit?.limit == 2_000)
    }
}
