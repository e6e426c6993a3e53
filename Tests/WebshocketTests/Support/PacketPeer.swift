import Bytes
import Testing
import Webshocket

/// A peer with either codec that receives every packet, including error responses without a call.
final class PacketPeer {
    private let peer: RawPeer
    private let codec: PacketCodec
    /// The number of received bytes that have been consumed.
    private var offset = 0

    struct NoFrame: Error {}

    init(port: Int, path: String = "/", _ codec: PacketCodec) async throws {
        self.codec = codec
        peer = try await RawPeer(port: port)
        let upgrade = RawFrame.upgrade.replacing("GET / ", with: "GET \(path) ").dropLast()
        let offer = codec == .messagePack ? "Sec-WebSocket-Protocol: webshocket.v1\r\n" : ""
        peer.send(upgrade + offer + "\r\n")
        let end = Array("\r\n\r\n".utf8)
        offset = await peer.received { $0.firstRange(of: end) != nil }.firstRange(of: end)?.upperBound ?? 0
    }

    func send(_ packet: Packet) throws {
        var buffer = ByteBuffer()
        try codec.write(packet, into: &buffer)
        peer.send(RawFrame.masked(codec == .json ? 1 : 2, buffer.array))
    }

    /// Sends a custom packet with an event.
    func send(_ data: WireValue?, event: String) throws {
        try send(Packet(source: .custom, data: data, event: event))
    }

    func send(_ message: WebSocketMessage) {
        switch message {
        case .text(let text): peer.send(RawFrame.text(text))
        case .binary(let bytes): peer.send(RawFrame.masked(2, bytes))
        }
    }

    /// Sends a value as a packet, for packets that `Packet` cannot represent.
    func send(value: WireValue) throws {
        var buffer = ByteBuffer()
        try codec.write(value, into: &buffer)
        peer.send(RawFrame.masked(codec == .json ? 1 : 2, buffer.array))
    }

    /// Sends raw bytes, for example several frames in one write.
    func send(bytes: [UInt8]) { peer.send(bytes) }

    /// Receives the next frame, and returns its first byte and its payload.
    func frame() async throws -> (first: UInt8, payload: [UInt8]) {
        let offset = offset
        let bytes = await peer.received { Self.frame(in: $0.dropFirst(offset)) != nil }.dropFirst(offset)
        guard let frame = Self.frame(in: bytes), let first = bytes.first else { throw NoFrame() }
        self.offset = frame.upperBound
        return (first, Array(bytes[frame]))
    }

    /// Receives the next packet.
    func packet() async throws -> Packet {
        let payload = try await frame().payload
        return try payload.withUnsafeBytes { payload in
            try PacketParser().read(payload, as: codec) { try IncomingPacket($0).packet() }
        }
    }

    /// Expects the next packet to have the source `custom` and the given data.
    func expect(_ data: WireValue, sourceLocation: SourceLocation = #_sourceLocation) async throws {
        let packet = try await packet()
        #expect(packet == Packet(source: .custom, data: data), sourceLocation: sourceLocation)
    }

    /// Receives the next packet, which must be an error response without a call ID.
    func refusal() async throws -> RPCResponse {
        let packet = try await packet()
        guard case .response(let response) = packet.rpc, response.callID.isEmpty else { throw NoFrame() }
        return response
    }

    /// Expects the next frame to close the connection.
    func expectClose(
        _ code: CloseCode, _ reason: String = "", sourceLocation: SourceLocation = #_sourceLocation
    ) async throws {
        let (first, payload) = try await frame()
        let expected = [UInt8(code.rawValue >> 8), UInt8(code.rawValue & 0xff)] + reason.utf8
        #expect(first == 0x88 && payload == expected, sourceLocation: sourceLocation)
    }

    /// The range of the first frame's payload, or nil if the frame is incomplete.
    private static func frame(in bytes: ArraySlice<UInt8>) -> Range<Int>? {
        guard bytes.count >= 4 || bytes.count >= 2 && bytes[bytes.startIndex + 1] < 126 else { return nil }
        let second = Int(bytes[bytes.startIndex + 1])
        var start = bytes.startIndex + 2
        var length = second
        if second == 126 {
            length = Int(bytes[start]) << 8 | Int(bytes[start + 1])
            start += 2
        }
        return start + length <= bytes.endIndex ? start..<start + length : nil
    }

    func close() { peer.close() }

    /// Connects a peer, runs `body` with it, and closes it.
    static func connected(
        to server: WebSocketServer, path: String = "/", _ codec: PacketCodec, _ body: (PacketPeer) async throws -> Void
    ) async throws {
        let peer = try await PacketPeer(port: server.port, path: path, codec)
        defer { peer.close() }
        try await body(peer)
    }
}
