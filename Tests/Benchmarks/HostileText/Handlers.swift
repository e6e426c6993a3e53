import Webshocket

/// Receives packets. Copying the maps of a packet hashes their keys.
struct Receiver: WebSocketHandler {
    let access = Access.everyone
    nonisolated(nonsending) func onReceive(_ connection: Connection, packet: Packet) async throws {
        try connection.send(packet.data == "lobby")
    }
}

struct Listener: WebSocketHandler {
    let access = Access.everyone
    var messages: MessageHandlers {
        OnEvent("said") { (connection: Connection, data: [String: Int]) in try connection.send(data["lobby"] ?? 0) }
    }
}

struct Methods: WebSocketHandler {
    let access = Access.everyone
    struct Keyed: Codable, Sendable {
        var known: Int?
    }

    var methods: RPCMethods {
        RPCMethod("map") { (_: Connection, map: [String: Int]) in map["lobby"] ?? 0 }
        RPCMethod("keyed") { (_: Connection, keyed: Keyed) in keyed.known ?? 0 }
        RPCMethod("compare") { (_: Connection, text: String) in text == "lobby" || text < "lobby" }
    }
}

/// Hashes and compares the cookies and query items of a request.
struct Guarded: WebSocketHandler {
    var access: Access {
        .authenticated { request in
            let texts = Set(request.cookies.map(\.value) + request.queryItems.map(\.value))
            return texts.contains("secret") ? .admit(userID: "ann") : .refuse(.unauthorized)
        }
    }
}

/// A server that answers calls of `reply` with a hostile result, and other calls with a hostile packet.
struct HostileServer: Sendable {
    /// The hostile texts, with their sizes in bytes.
    private let texts = [65_536, 262_144, 1_048_576].map { ($0, HostileMessage.text($0)) }

    nonisolated(nonsending) func answer(_ connection: Connection, _ message: WebSocketMessage) async throws {
        let (codec, request): (PacketCodec, [UInt8]) =
            switch message {
            case .text(let text): (.json, Array(text.utf8))
            case .binary(let bytes): (.messagePack, bytes)
            }
        let hostile = HostileMessage(codec: codec)
        // The name of the method contains the kind and the size of the answer.
        for (size, text) in texts where request.firstRange(of: Array("#\(size)".utf8)) != nil {
            let data = hostile.map((hostile.string(text), hostile.number(1)))
            let isReply = request.firstRange(of: Array("reply#".utf8)) != nil
            let packet =
                isReply ? hostile.response(to: hostile.callID(of: request), data) : hostile.packet(data: data)
            connection.send(codec == .json ? .text(String(decoding: packet, as: UTF8.self)) : .binary(packet))
        }
    }

    /// Returns the time in milliseconds from a client's call to its failure, or to the packet received.
    static func time(_ url: String, _ codec: PacketCodec, _ method: String, _ size: Int) async throws -> Double {
        var configuration = ClientConfiguration(codec: codec == .json ? .json : .messagePack)
        configuration.reconnect = .never
        let client = WebSocketClient("\(url)/hostile", configuration: configuration)
        try await client.connect()
        var best = Double.infinity
        for _ in 0..<5 {
            let start = ContinuousClock.now
            if method == "reply" {
                _ = try? await client.sendRPC("\(method)#\(size)")
            } else {
                try await client.notify("\(method)#\(size)")
                _ = try await client.receive()
            }
            best = min(best, (ContinuousClock.now - start).milliseconds)
        }
        await client.close()
        return best
    }
}
