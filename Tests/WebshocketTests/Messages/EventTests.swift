import EventLoops
import Testing
import Webshocket

@Suite("Events", .timeLimit(.minutes(5)))
struct EventTests {
    struct Failure: Error {}

    /// Answers each event in a different way.
    final class Handler: WebSocketHandler {
        let access = Access.everyone
        let heard = Collected<String>()

        func typing(_ connection: Connection, room: String) throws { try connection.send("typing in \(room)") }

        func slow(_ connection: Connection, name: String) async throws {
            heard.append("begin \(name)")
            await Task.yield()
            heard.append("end \(name)")
            try connection.send(name)
        }

        func bare(_ connection: Connection) throws { try connection.send("bare") }

        func onReceive(_ connection: Connection, packet: Packet) async throws {
            try connection.send("onReceive \(packet.event ?? "-") \(packet.data ?? .null)")
        }

        func nothing(_ connection: Connection) {}
        var methods: RPCMethods { RPCMethod("nothing", nothing) }

        var messages: MessageHandlers {
            OnEvent("typing", typing)
            OnEvent("slow", slow)
            OnEvent("bare", bare)
            OnEvent("closure") { connection in try connection.send("closure") }
            OnEvent("moved") { (connection: Connection, to: Point) in
                try connection.send(Point(x: to.y, y: to.x, label: to.label))
            }
            OnEvent("bytes") { (connection: Connection, bytes: [UInt8]) in try connection.send(bytes.count) }
            OnEvent("maybe") { (connection: Connection, name: String?) in try connection.send(name ?? "nobody") }
            OnEvent("any") { (connection: Connection, value: WireValue) in try connection.send(["any": value]) }
            OnEvent("whole") { connection, packet in try connection.reply("whole", to: packet) }
            OnEvent("late refuses") { _ in
                await Task.yield()
                throw RPCError("not now", code: 4_711, data: ["wait": 3])
            }
            OnEvent("late closes") { _ in
                await Task.yield()
                throw ConnectionClosure(4_001, reason: "as told")
            }
            OnEvent("late fails") { (_: Connection, _: Int) async throws in throw Failure() }
            OnEvent("late moved") { (connection: Connection, to: Point) in
                await Task.yield()
                try connection.send(to)
            }
            OnEvent("late whole") { connection, packet in
                await Task.yield()
                try connection.reply("late", to: packet)
            }
            OnEvent("refuses") { _ in throw RPCError("not now", code: 4_711, data: ["wait": 3]) }
            OnEvent("closes") { _ in throw ConnectionClosure(4_001, reason: "as told") }
            OnEvent("fails") { _ in throw Failure() }
        }
    }

    @Test("an event is passed to its handler with its data", arguments: PacketCodec.codecs)
    func data(codec: PacketCodec) async throws {
        try await withServer(Handler()) { server in
            try await withClient(server.url, codec) { client in
                try await client.send("room 7", event: "typing")
                #expect(try await client.receive().data == "typing in room 7")
                try await client.send(Point(x: 1, y: 2, label: "p"), event: "moved")
                #expect(try await client.receive().data(as: Point.self) == Point(x: 2, y: 1, label: "p"))
                try await client.send([0, 255] as [UInt8], event: "bytes")
                #expect(try await client.receive().data == 2)
                try await client.send(["deep": [1]], event: "any")
                #expect(try await client.receive().data == ["any": ["deep": [1]]])
                try await client.send(Point(x: 3, y: 4), event: "late moved")
                #expect(try await client.receive().data(as: Point.self) == Point(x: 3, y: 4))
                try await client.send(Packet(source: .custom, correlationID: "7", event: "late whole"))
                let reply = Packet(source: .custom, data: "late", correlationID: "7", event: "late whole")
                #expect(try await client.receive() == reply)
                try await client.send("ignored", event: "bare")
                #expect(try await client.receive().data == "bare")
                try await client.send(Packet(source: .custom, event: "closure"))
                #expect(try await client.receive().data == "closure")
            }
        }
    }

    @Test("missing data is read as null", arguments: PacketCodec.codecs)
    func noData(codec: PacketCodec) async throws {
        try await withServer(Handler()) { server in
            try await withClient(server.url, codec) { client in
                for data: WireValue? in [nil, .null] {
                    try await client.send(Packet(source: .custom, data: data, event: "maybe"))
                    #expect(try await client.receive().data == "nobody")
                    try await client.send(Packet(source: .custom, data: data, event: "any"))
                    #expect(try await client.receive().data == ["any": nil])
                }
            }
        }
    }

    @Test(
        "data of the wrong type is refused with the expected type, and the connection stays open",
        arguments: PacketCodec.allCases)
    func wrongData(codec: PacketCodec) async throws {
        let wrong: [(event: String, data: WireValue?, text: WireValue)] = [
            ("typing", 7, "data of event 'typing' must be a string (got an integer)"),
            ("typing", nil, "data of event 'typing' must be a string (got null)"),
            ("moved", ["x": 1, "y": "two"], "data of event 'moved' must be a number at y (got a string)"),
            ("moved", [1], "data of event 'moved' must be a map (got an array)"),
            ("bytes", "?", "data of event 'bytes' must be bytes (got a string that is not base64)"),
        ]
        try await withServer(Handler()) { server in
            try await PacketPeer.connected(to: server, codec) { peer in
                for (event, data, text) in wrong {
                    try peer.send(data, event: event)
                    let refusal = try await peer.refusal()
                    #expect(refusal.data == text && refusal.error == .invalidParameters)
                }
                try peer.send("room 7", event: "typing")
                try await peer.expect("typing in room 7")
            }
        }
    }

    @Test(
        "undeclared events and packets with another source are passed to onReceive",
        arguments: PacketCodec.codecs)
    func others(codec: PacketCodec) async throws {
        try await withServer(Handler()) { server in
            try await withClient(server.url, codec) { client in
                try await client.send(1, event: "other")
                #expect(try await client.receive().data == "onReceive other 1")
                try await client.send(2, event: "")
                #expect(try await client.receive().data == "onReceive  2")
                try await client.send(3, event: String(repeating: "n", count: 100_000))
                #expect(try await client.receive().data?.asString?.hasPrefix("onReceive nnn") == true)
                try await client.send(4)
                #expect(try await client.receive().data == "onReceive - 4")
                try await client.send(Packet(source: .channel, data: 5, channel: "c", event: "typing"))
                #expect(try await client.receive().data == "onReceive typing 5")
            }
        }
    }

    @Test(
        "an RPCError of a handler is sent to the peer, and the connection stays open", arguments: PacketCodec.allCases)
    func refusal(codec: PacketCodec) async throws {
        try await withServer(Handler()) { server in
            try await PacketPeer.connected(to: server, codec) { peer in
                for event in ["refuses", "late refuses"] {
                    try peer.send(1, event: event)
                    let refusal = try await peer.refusal()
                    #expect(refusal.data == "not now" && refusal.error == 4_711 && refusal.errorData == ["wait": 3])
                }
                try peer.send(1, event: "bare")
                try await peer.expect("bare")
            }
        }
    }

    @Test(
        "any other error of a handler closes the connection",
        arguments: [
            ("closes", ConnectionClosure(4_001, reason: "as told", isClean: true)),
            ("fails", ConnectionClosure(.internalError, reason: "", isClean: true)),
            ("late closes", ConnectionClosure(4_001, reason: "as told", isClean: true)),
            ("late fails", ConnectionClosure(.internalError, reason: "", isClean: true)),
        ])
    func closures(event: String, closure: ConnectionClosure) async throws {
        try await withServer(Handler()) { server in
            try await withClient(server.url) { client in
                try await client.send(1, event: event)
                let error = await #expect(throws: ClientError.self) { try await client.receive() }
                #expect(error?.closure == closure)
            }
        }
    }

    @Test("an event is handled after the handler of the previous event has returned")
    func order() async throws {
        let handler = Handler()
        try await withServer(handler) { server in
            try await withClient(server.url) { client in
                for number in 0..<20 { try await client.send("\(number)", event: "slow") }
                try await client.expect(.null, from: "nothing")
                #expect(handler.heard.values.count == 40)
                for number in 0..<20 { #expect(try await client.receive().data == .string("\(number)")) }
            }
        }
        #expect(handler.heard.values == (0..<20).flatMap { ["begin \($0)", "end \($0)"] })
    }

    /// Accepts two packets a day from connections with a name.
    struct Guarded: WebSocketHandler {
        let access = Access.everyone.requires(Has("name")).rateLimit(2, per: "1d")
        let heard = Collected<String>()

        func onConnect(_ connection: Connection) async throws {
            connection.name = connection.query.map(WireValue.string)
        }

        var messages: MessageHandlers {
            OnEvent("said") { (connection: Connection, text: String) in heard.append(text) }
            OnText { _, text in heard.append(text) }
        }
    }

    @Test("the handler's guard and rate limit apply before the data is decoded", arguments: PacketCodec.allCases)
    func admission(codec: PacketCodec) async throws {
        let handler = Guarded()
        try await withServer(handler) { server in
            try await PacketPeer.connected(to: server, codec) { peer in
                try peer.send(1, event: "said")
                #expect(try await peer.refusal().error == .accessDenied)
                peer.send(.text("raw"))
                #expect(try await peer.refusal().error == .accessDenied)
            }
            try await PacketPeer.connected(to: server, path: "/?ann", codec) { peer in
                try peer.send("one", event: "said")
                peer.send(.text("two"))
                try peer.send(3, event: "said")
                #expect(try await peer.refusal().error == .rateLimited)
            }
        }
        #expect(handler.heard.values == ["one", "two"])
    }

    /// Declares one event handler for each name.
    struct Named: WebSocketHandler {
        let access = Access.everyone
        let names: [String]
        var isTwice = false

        var messages: MessageHandlers {
            for name in names {
                OnEvent(name) { (connection: Connection) in try connection.send(WireValue.string(name)) }
            }
            if isTwice {
                OnText { _, _ in }
                OnText { _, _ in }
            } else {
                OnBinary { _, _ in }
            }
        }
    }

    @Test(
        "invalid and duplicate event names prevent the start",
        arguments: [
            (["a", "b", "a"], "event 'a' has two handlers"),
            ([""], "event '': a name must have 1 to 256 bytes and no control characters"),
            (["__join"], "event '__join': names that begin with '__' are reserved"),
            (["a\nb"], #"event 'a\u{a}b': a name must have 1 to 256 bytes and no control characters"#),
        ])
    func names(names: [String], message: String) async throws {
        let server = WebSocketServer(port: 0, handler: Named(names: names), configuration: .quiet)
        await #expect(throws: ServerError(code: .invalidMessageHandler, message: message)) { try await server.start() }
    }

    @Test("each of many events is passed to its own handler")
    func many() async throws {
        let names = (0..<100).map { "event \($0)" }
        try await withServer(Named(names: names)) { server in
            try await withClient(server.url) { client in
                for name in names {
                    try await client.send(0, event: name)
                    #expect(try await client.receive().data == .string(name))
                }
            }
        }
    }

    @Test("two handlers for one kind of message prevent the start")
    func kinds() async throws {
        let server = WebSocketServer(port: 0, handler: Named(names: [], isTwice: true), configuration: .quiet)
        let message = "text messages have two handlers"
        await #expect(throws: ServerError(code: .invalidMessageHandler, message: message)) { try await server.start() }
    }
}
