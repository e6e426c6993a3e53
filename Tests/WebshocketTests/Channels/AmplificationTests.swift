import EventLoops
import Testing
import Webshocket

/// The maximum cost to the server of one small message. The test uses only API that is older than the limits it tests.
@Suite("The cost of one message", .timeLimit(.minutes(5)))
struct AmplificationTests {
    private let questions = Collected<String>()

    private var handler: ChannelHandler {
        ChannelHandler { [questions] in
            ChannelRule("asked.**").admits { _, channel in
                questions.append(channel.name)
                return true
            }
            ChannelRule("lobby").announcesMembers()
            ChannelRule("**")
        }
    }

    @Test(
        "the cost of a list of names depends on its distinct names only", arguments: PacketCodec.codecs)
    func equalNames(codec: PacketCodec) async throws {
        try await withServer(handler) { server in
            try await withClient(server.url, codec) { client in
                for method in ["__subscribe__", "listen"] {
                    let before = questions.values.count
                    let names = WireValue.array([.string("asked.b")] + (0..<1_000).map { _ in .string("asked.a") })
                    try await client.expect(error: nil, from: method, names)
                    #expect(questions.values.dropFirst(before) == ["asked.b", "asked.a"])
                }
                #expect(server.hub.channels == ["asked.a": 1, "asked.b": 1])
                let names = WireValue.array((0..<1_000).map { _ in .string("asked.a") })
                try await client.expect(true, from: "__unsubscribe__", names)
                #expect(server.hub.channels == ["asked.b": 1])
            }
        }
    }

    @Test(
        "a list may have as many names as the limit for subscriptions and rooms: 128 pass, 129 are refused",
        arguments: ["__subscribe__", "__unsubscribe__", "__leave__"])
    func differentNames(method: String) async throws {
        try await withServer(handler) { server in
            try await withClient(server.url) { client in
                let names = (0..<129).map { WireValue.string("n\($0)") }
                try await client.expect(error: .overloaded, from: method, .array(names))
                // Even if a name after them is invalid.
                try await client.expect(error: .overloaded, from: method, .array(names + [7]))
                try await client.expect(error: nil, from: method, .array(Array(names.dropLast()) + names.dropLast()))
            }
        }
    }

    @Test("joins of a peer are rate limited, leaves are not")
    func joins() async throws {
        try await withServer(handler) { server in
            try await withClient(server.url) { client in
                var joins = 0
                var refusal: RPCResponse?
                while refusal == nil, joins < 1_000 {
                    let response = try await client.response(to: "__join__", arguments: ["lobby"])
                    if response.error != nil { refusal = response } else { joins += 1 }
                    try await client.expect(true, from: "__leave__", "lobby")
                    #expect(server.hub.room("lobby").memberCount == 0)
                }
                #expect(refusal?.error == .rateLimited && refusal?.retryAfter ?? .zero > .zero)
                #expect(joins >= 64)
                // Rooms with another rule have no such limit.
                try await client.expect(.null, from: "__join__", "quiet")
            }
        }
    }

    @Test("a rule is evaluated once per subscriber, even if several patterns match")
    func rules() {
        let index = ChannelIndex(syntax: .segments)
        let (refused, admitted) = (FakeRecipient(), FakeRecipient())
        var questions = 0
        for recipient in [refused, admitted] { recipient.onQuestion = { questions += 1 } }
        admitted.attributes["isPaying"] = true
        for (id, recipient) in [(UInt64(1), refused), (2, admitted)] {
            let seat = Seat(id: id, form: .json, recipient: recipient)
            index.add(seat)
            for name in ["a.b.c", "a.b.*", "a.*.c", "*.b.c", "a.**", "**"] {
                index.update(seat, ChannelSelector(known: name), ChannelCounters())
            }
        }
        let message = PublishedMessage("a.b.c", "x", requirement: Is("isPaying"))
        index.deliver(Publication(message))
        #expect(questions == 2 && admitted.received == ["a.b.c: x"] && refused.received == [])
        index.deliver(Publication(message))
        #expect(questions == 4)
    }

    @Test("a publication's predicate is evaluated once per subscriber, even if several channels match")
    func predicates() {
        let index = ChannelIndex(syntax: .segments)
        let recipient = FakeRecipient()
        var questions = 0
        recipient.onQuestion = { questions += 1 }
        let seat = Seat(id: 1, form: .json, recipient: recipient)
        index.add(seat)
        for name in ["a", "b", "c", "*"] { index.update(seat, ChannelSelector(known: name), ChannelCounters()) }
        index.deliver(Publication("x", to: "a", "b", "c", where: Is("isPaying")))
        #expect(questions == 1 && recipient.received == [])
    }
}
