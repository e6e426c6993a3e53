import BlockingPeers
import Webshocket

/// A minimal WebSocket client that sends prepared frames and waits for a frame in answer.
struct Peer {
    private let socket: BlockingPeer

    struct NoAnswer: Error {}

    /// Connects and performs the handshake.
    ///
    /// - Parameter head: Additional header lines of the request.
    init(port: Int, path: String, _ codec: PacketCodec, head: String = "") throws {
        socket = try BlockingPeer(port: port)
        try socket.send(Self.request(path, codec, head: head))
        var answer: [UInt8] = []
        while answer.suffix(4) != [13, 10, 13, 10] { answer += try next(1) }
    }

    static func request(_ path: String, _ codec: PacketCodec, head: String = "") -> String {
        """
        GET \(path) HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
        Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\
        \(codec == .messagePack ? "Sec-WebSocket-Protocol: webshocket.v1\r\n" : "")\(head)\r\n
        """
    }

    /// Sends a frame, waits for the next frame from the server, and returns the time that it took.
    func exchange(_ frame: [UInt8]) throws -> Duration {
        try ContinuousClock().measure {
            try socket.send(frame)
            let head = try next(2)
            var length = Int(head[1])
            if length == 126 { length = try next(2).reduce(0) { $0 << 8 | Int($1) } }
            if length == 127 { length = try next(8).reduce(0) { $0 << 8 | Int($1) } }
            _ = try next(length)
        }
    }

    private func next(_ count: Int) throws -> [UInt8] {
        var bytes: [UInt8] = []
        while bytes.count < count {
            let chunk = try socket.read(atMost: count - bytes.count)
            guard !chunk.isEmpty else { throw NoAnswer() }
            bytes += chunk
        }
        return bytes
    }

    /// Returns a final frame, masked with zeros.
    static func frame(_ payload: [UInt8], isText: Bool) -> [UInt8] {
        let length: [UInt8] =
            switch payload.count {
            case ..<126: [0x80 | UInt8(payload.count)]
            case ..<65_536: [0xFE, UInt8(payload.count >> 8), UInt8(payload.count & 0xFF)]
            default: [0xFF] + (0..<8).reversed().map { UInt8(payload.count >> ($0 * 8) & 0xFF) }
            }
        return [isText ? 0x81 : 0x82] + length + [0, 0, 0, 0] + payload
    }
}
