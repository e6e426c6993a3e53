import EventLoops
import Testing
import Webshocket

@Suite("A packet without a handler", .timeLimit(.minutes(5)))
struct UnheardPacketTests {
    private static let codecs: [Codec] = [.messagePack, .json]

    /// Has the default `onReceive`.
    struct Deaf: WebSocketHandler {
        let access = Access.everyone
        var methods: RPCMethods { RPCMethod("echo") { (_: Connection, value: Value) in value } }
        var messages: MessageHandlers {
            OnEvent("said") { (connection: Connection, text: String) in try connection.send(text) }
        }
    }

    /// Passes some packets on to a handler with the default `onReceive`.
    struct Selective: WebSocketHandler {
        let access = Access.everyone
        nonisolated(nonsending) func onReceive(_ connection: Connection, packet: Packet) async throws {
            guard let data = packet.data, data != "pass on" else {
                return try await Deaf().onReceive(connection, packet: packet)
            }
            try connection.send(data)
        }
    }

    @Test("is answered the same each time", arguments: codecs)
    func repeated(codec: Codec) async throws {
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

    @Test("does not keep others from a handler that passes it on", arguments: codecs)
    func selective(codec: Codec) async throws {
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
