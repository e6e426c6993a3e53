import Foundation
import Testing
import Webshocket

@Suite("Sending on a connection", .timeLimit(.minutes(5)))
struct ReplyTests {
    /// Answers each packet in the way that its data names.
    struct Handler: WebSocketHandler {
        static let dated: Packet = {
            var packet = Packet(source: .channel, data: 1, channel: "c")
            packet.timestamp = Date(timeIntervalSince1970: 1.5)
            return packet
        }()

        let access = Access.everyone

        func onReceive(_ connection: Connection, packet: Packet) async throws {
            switch packet.data {
            case "event": try connection.send(Point(x: 1, y: 2), event: "moved")
            case "reply": try connection.reply(["yes": true], to: packet)
            case "packet": try connection.send(Self.dated)
            case "raw":
                connection.send(text: "text")
                connection.send(bytes: [0, 255])
                try connection.send(json: Point(x: 1, y: 2))
            case "mirror": try connection.send(try packet.data(as: String.self))
            case "infinite":
                #expect(throws: EncodingError.self) { try connection.send(json: Double.infinity) }
                if connection.codec == .json {
                    #expect(throws: EncodingError.self) { try connection.send(Double.infinity, event: "e") }
                    #expect(throws: EncodingError.self) { try connection.reply(Double.infinity, to: packet) }
                    #expect(throws: EncodingError.self) {
                        try connection.send(Packet(source: .custom, data: .double(.infinity)))
                    }
                }
                try connection.send("nothing before")
            default: throw RPCError("unknown")
            }
        }
    }

    @Test("send() can set an event", arguments: PacketCodec.allCases)
    func event(codec: PacketCodec) async throws {
        try await withServer(Handler()) { server in
            try await PacketPeer.connected(to: server, codec) { peer in
                try peer.send(Packet(source: .custom, data: "event"))
                let packet = try await peer.packet()
                #expect(packet == Packet(source: .custom, data: packet.data, event: "moved"))
                #expect(try packet.data(as: Point.self) == Point(x: 1, y: 2))
            }
        }
    }

    @Test("a reply has the packet's correlation ID, and its event if it has one", arguments: PacketCodec.allCases)
    func reply(codec: PacketCodec) async throws {
        try await withServer(Handler()) { server in
            try await PacketPeer.connected(to: server, codec) { peer in
                for (id, event) in [("7", "asked"), ("8", nil), (nil, "asked"), (nil, nil)] as [(String?, String?)] {
                    try peer.send(Packet(source: .custom, data: "reply", correlationID: id, event: event))
                    let packet = try await peer.packet()
                    let expected = Packet(source: .custom, data: ["yes": true], correlationID: id, event: event)
                    #expect(packet == expected)
                }
            }
        }
    }

    @Test("whole packets can be sent in both directions", arguments: PacketCodec.codecs)
    func packet(codec: PacketCodec) async throws {
        try await withServer(Handler()) { server in
            try await withClient(server.url, codec) { client in
                try await client.send(Packet(source: .broadcast, data: "packet"))
                #expect(try await client.receive() == Handler.dated)
                try await client.send(Packet(source: .custom, data: "reply", correlationID: "é"))
                #expect(try await client.receive().correlationID == "é")
            }
        }
    }

    @Test("raw messages can be sent with either codec", arguments: PacketCodec.allCases)
    func raw(codec: PacketCodec) async throws {
        try await withServer(Handler()) { server in
            try await PacketPeer.connected(to: server, codec) { peer in
                try peer.send(Packet(source: .custom, data: "raw"))
                let expected: [(UInt8, [UInt8])] = [
                    (0x81, Array("text".utf8)), (0x82, [0, 255]), (0x81, Array(#"{"x":1.0,"y":2.0}"#.utf8)),
                ]
                for (first, payload) in expected {
                    let frame = try await peer.frame()
                    #expect(frame.first == first && frame.payload == payload)
                }
            }
        }
    }

    @Test("nothing is sent if a value cannot be encoded", arguments: PacketCodec.allCases)
    func unsendable(codec: PacketCodec) async throws {
        try await withServer(Handler()) { server in
            try await PacketPeer.connected(to: server, codec) { peer in
                try peer.send(Packet(source: .custom, data: "infinite"))
                try await peer.expect("nothing before")
            }
        }
    }

    @Test("a client throws if it has no packets or a value cannot be encoded")
    func client() async throws {
        try await withServer(Handler()) { server in
            var configuration = ClientConfiguration.rawOnce
            configuration.isRaw = true
            let client = WebSocketClient(server.url, configuration: configuration)
            try await client.connect()
            let error = await #expect(throws: ClientError.self) { try await client.send(1, event: "e") }
            #expect(error?.code == .cannotEncode && error?.delivery == .notSent)
            await #expect(throws: ClientError.self) { try await client.send(Packet(source: .custom)) }
            await client.close()
            try await withClient(server.url, .json) { client in
                let error = await #expect(throws: ClientError.self) { try await client.send(Double.nan, event: "e") }
                #expect(error?.code == .cannotEncode)
                try await client.send("mirror")
                #expect(try await client.receive().data == "mirror")
            }
        }
    }

    @Test("data(as:) decodes a type, or throws an error that names the expected type")
    func data() throws {
        let packet = Packet(source: .custom, data: ["x": 1, "y": 2])
        #expect(try packet.data(as: Point.self) == Point(x: 1, y: 2))
        #expect(throws: WireDecodingError(expected: "a string", found: "a map")) { try packet.data(as: String.self) }
        #expect(try Packet(source: .custom).data(as: Int?.self) == nil)
        #expect(throws: WireDecodingError(expected: "an integer", found: "null")) {
            try Packet(source: .custom).data(as: Int.self)
        }
    }
}
