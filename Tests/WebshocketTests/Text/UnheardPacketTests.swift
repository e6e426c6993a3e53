import EventLoops
import Testing
import Webshocket

@Suite("Packets without a handler", .timeLimit(.minutes(5)))
struct UnheardPacketTests {
    private static let codecs: [PacketCodec] = [.messagePack, .json]

    /// A handler with the default `onReceive`.
    struct Deaf: WebSocketHandler {
        let access = Access.everyone
        var methods: RPCMethods { RPCMethod("echo") { (_: Connection, value: WireValue) in value } }
        var messages: MessageHandlers {
            OnEvent("said") { (connection: Connection, text: String) in try connection.send(text) }
        }
    }

    /// Forwards some packets to a handler with the default `onReceive`.
    struct Selective: WebSocketHandler {
        let access = Access.everyone
        nonisolated(nonsending) func onReceive(_ connection: Connection, packet: Packet) async throws {
            guard let data = packet.data, data != "pass on" else {
                return try await Deaf().onReceive(connection, packet: packet)
            }
            try connection.send(data)
        }
    }

    @Test("each packet without a handler is refused in the same way", arguments: codecs)
    func repeated(codec: PacketCodec) async throws {
        try await withServer(Deaf()) { server in
            try await PacketPeer.connected(to: server, codec) { peer in
                for _ in 0..<3 {
                    try peer.send(Packet(source: .custom, data: [["a": 1]]))
                    let packetRefusal = try await peer.refusal()
                    #expect(packetRefusal.error == .notAPacket)
                    peer.send(codec == .json ? .text("hello") : .binary([0xC1]))
                    let messageRefusal = try await peer.refusal()
                    #expect(messageRefusal.error == .notAPacket && messageRefusal.data != packetRefusal.data)
                    try peer.send("heard", event: "said")
                    try await peer.expect("heard")
                    try await peer.expect("called", from: "echo", "called")
                }
            }
        }
    }

    @Test("a handler that forwards some packets to the default onReceive still receives the others", arguments: codecs)
    func selective(codec: PacketCodec) async throws {
        try await withServer(Selective()) { server in
            try await PacketPeer.connected(to: server, codec) { peer in
                for number in 0..<3 {
                    try peer.send(Packet(source: .custom, data: "pass on"))
                    #expect(try await peer.refusal().error == .notAPacket)
                    try peer.send(Packet(source: .custom, data: .int(Int64(number))))
                    try await peer.expect(.int(Int64(number)))
                }
            }
        }
    }
}
