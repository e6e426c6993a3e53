import Bytes
import Packets
import Testing

@Suite("A parser that finds a long run of combining marks")
struct LongRunParserTests {
    private static let long = "a" + String(repeating: "\u{301}", count: 31)

    private static func bytes(_ value: WireValue, _ codec: PacketCodec) throws -> [UInt8] {
        var buffer = ByteBuffer()
        try codec.encode(value, into: &buffer, depth: 0)
        return buffer.array
    }

    private static func fault(of bytes: [UInt8], _ codec: PacketCodec, _ parser: PacketParser = PacketParser())
        -> PacketError?
    {
        bytes.withUnsafeBytes { bytes in
            do {
                try parser.read(bytes, as: codec) { _ in }
                return nil
            } catch {
                return error as? PacketError
            }
        }
    }

    @Test("rejects the message, at any position of the run", arguments: PacketCodec.allCases)
    func refuses(codec: PacketCodec) throws {
        let values: [WireValue] = [
            .string(Self.long), [Self.long: 1], ["a": [["b": .string(Self.long)]]], [1, [Self.long: nil]],
        ]
        for value in values { #expect(Self.fault(of: try Self.bytes(value, codec), codec) == .runTooLong) }
        #expect(
            Self.fault(of: try Self.bytes([.string(String(Self.long.unicodeScalars.dropLast()))], codec), codec) == nil)
    }

    @Test("identifies the call of the message, until the next message", arguments: PacketCodec.allCases)
    func call(codec: PacketCodec) throws {
        let rpc: WireValue = [
            "type": "request", "method": "m", "args": [.string(Self.long)], "kwargs": [Self.long: 7], "call_id": "c",
        ]
        let parser = PacketParser()
        let message = try Self.bytes(["source": 5, "rpc": rpc], codec)
        message.withUnsafeBytes { message in
            #expect(throws: PacketError.runTooLong) { try parser.read(message, as: codec) { _ in } }
            guard case .request(let request)? = parser.refusedPacket()?.body else {
                Issue.record("no request")
                return
            }
            #expect(request.callID?.elementsEqual("c".utf8) == true && request.method.elementsEqual("m".utf8))
            var elements = request.arguments?.elements
            #expect(elements?.next()?.text?.isEmpty == true)
            #expect(request.named?.value(forKey: "")?.int64 == 7)
        }
        #expect(Self.fault(of: try Self.bytes(1, codec), codec, parser) == nil)
        #expect(parser.refusedPacket().map { _ in true } == nil)
    }

    @Test("returns no call for a message that is not a packet", arguments: PacketCodec.allCases)
    func noPacket(codec: PacketCodec) throws {
        let parser = PacketParser()
        let message = try Self.bytes([.string(Self.long)], codec)
        message.withUnsafeBytes { message in
            #expect(throws: PacketError.runTooLong) { try parser.read(message, as: codec) { _ in } }
            #expect(parser.refusedPacket().map { _ in true } == nil)
        }
    }

    @Test("reports a grammar error first", arguments: PacketCodec.allCases)
    func grammar(codec: PacketCodec) throws {
        let message = try Self.bytes([.string(Self.long), 1], codec)
        let fault = Self.fault(of: message.dropLast(), codec)
        #expect(fault != nil && fault != .runTooLong)
        #expect(Self.fault(of: message + [0x31], codec) == .malformed)
    }

    @Test("does not check bytes", arguments: [PacketCodec.messagePack])
    func binary(codec: PacketCodec) throws {
        #expect(Self.fault(of: try Self.bytes(.bytes(Array(Self.long.utf8)), codec), codec) == nil)
    }
}
