import Testing
import Webshocket

@Suite("Subscriptions to patterns", .timeLimit(.minutes(5)))
struct PatternSubscriptionTests {
    private static let names = [
        "a", "a.b", "a.b.c", "a/b", "a:b:c", "b.a", "a.", ".a", "ab", "a..c", "a.b.d.c",
    ]

    private static let segments: [(String, [String])] = [
        ("*", ["a", "ab"]),
        ("**", names),
        ("a.*", ["a.b", "a."]),
        ("a/*", ["a/b"]),
        ("*.a", ["b.a", ".a"]),
        ("a.**", ["a", "a.b", "a.b.c", "a/b", "a:b:c", "a.", "a..c", "a.b.d.c"]),
        ("a.*.c", ["a.b.c", "a..c"]),
        ("*:*:*", ["a:b:c"]),
        ("a.**.c", ["a.b.c", "a..c", "a.b.d.c"]),
        ("**.c", ["a.b.c", "a..c", "a.b.d.c"]),
        ("*.*", ["a.b", "b.a", "a.", ".a"]),
    ]

    private static let globs: [(String, [String])] = [
        ("*", names),
        ("a*", names.filter { $0.hasPrefix("a") }),
        ("a?b", ["a.b", "a/b"]),
        ("a[./]b", ["a.b", "a/b"]),
        ("a[!.]b", ["a/b"]),
        ("[a-b]", ["a"]),
        ("*c", ["a.b.c", "a:b:c", "a..c", "a.b.d.c"]),
    ]

    private func check(
        _ table: [(String, [String])], _ syntax: PatternSyntax, _ codec: PacketCodec
    ) async throws {
        var configuration = ServerConfiguration.quiet
        configuration.patterns = syntax
        try await withServer(ChannelHandler(), configuration) { server in
            try await withClient(server.url, codec) { client in
                for (pattern, expected) in table {
                    try await client.listen(pattern)
                    for name in Self.names { try server.hub.publish(name, to: name) }
                    try server.hub.end()
                    #expect(try await client.packetsUpToEnd().compactMap(\.channel) == expected, "\(pattern)")
                    try await client.expect(.null, from: "deafen", [.string(pattern)])
                }
                #expect(server.hub.channels == [:])
            }
        }
    }

    @Test(
        "a pattern of segments receives the messages of matching channels",
        arguments: PacketCodec.codecs)
    func segments(codec: PacketCodec) async throws {
        try await check(Self.segments, .segments, codec)
    }

    @Test("a glob receives the messages of matching channels", arguments: PacketCodec.codecs)
    func globs(codec: PacketCodec) async throws {
        try await check(Self.globs, .globs, codec)
    }

    @Test("a message is delivered once if several patterns match, and a pattern is ended by its own text")
    func several() async throws {
        try await withServer(ChannelHandler()) { server in
            try await withClients(2, server.url) { clients in
                try await clients[0].listen("a.b", "a.*", "*.b", "**", "a.**")
                try await clients[1].listen("a.*")
                try server.hub.publish(1, to: "a.b", "a.c")
                try await clients[0].expect(.null, from: "deafen", ["**", "a.b", "a.x", "*"])
                try server.hub.publish(2, to: "a.b")
                try await clients[0].expect(.null, from: "deafen", ["a.*", "a.**"])
                try server.hub.publish(3, to: "a.b")
                try server.hub.publish(4, to: "a.c")
                try server.hub.end()
                #expect(try await clients[0].dataUpToEnd() == [1, 2, 3])
                #expect(try await clients[1].dataUpToEnd() == [1, 2, 3, 4])
            }
        }
    }

    @Test("a peer may subscribe to a pattern if a single rule covers it")
    func rules() async throws {
        let handler = ChannelHandler {
            ChannelRule("chat.*.open")
            ChannelRule("news.**")
            ChannelRule("exact.name")
        }
        try await withServer(handler) { server in
            try await withClient(server.url) { client in
                for pattern in ["chat.*.open", "news.**", "news.*", "news.a.*.c", "news.**.x", "news", "chat.7.open"] {
                    try await client.expect(error: nil, from: "__subscribe__", .string(pattern))
                }
                for pattern in [
                    "chat.**", "chat.*", "chat.**.open", "chat.*.*", "**", "*", "exact.*", "*.name", "new*",
                ] {
                    let response = try await client.response(to: "__subscribe__", arguments: [.string(pattern)])
                    #expect(response.error == .accessDenied || pattern == "new*", "\(pattern)")
                }
            }
        }
    }

    @Test(
        "an invalid name or pattern is refused with -32602, and none of its list is subscribed to",
        arguments: PacketCodec.codecs)
    func badNames(codec: PacketCodec) async throws {
        let handler = ChannelHandler { ChannelRule("**").allowsPublishing() }
        let nine = Array(repeating: "*", count: 9).joined(separator: ".")
        let bad = [
            "", "a\u{0}", "a\nb", "\u{7f}", String(repeating: "x", count: 257), String(repeating: "é", count: 129),
            nine,
        ]
        let good = [
            String(repeating: "x", count: 256), String(repeating: "é", count: 128), String(nine.dropLast(2)), "a b",
        ]
        try await withServer(handler) { server in
            try await withClient(server.url, codec) { client in
                for method in ["listen", "__subscribe__"] {
                    for name in bad {
                        try await client.expect(
                            error: .invalidParameters, from: method, ["fine", .string(name), "fine2"])
                    }
                    #expect(server.hub.channels == [:])
                    try await client.expect(error: nil, from: method, .array(good.map(WireValue.string)))
                    #expect(Set(server.hub.channels.keys) == Set(good))
                    try await client.expect(.null, from: "deafenAll")
                }
                // Publishing and joining accept names only, not patterns.
                for name in bad.dropLast() + ["a.*", "**"] {
                    for method in ["__join__", "enter"] {
                        try await client.expect(error: .invalidParameters, from: method, .string(name))
                    }
                    for method in ["__publish__", "say"] {
                        try await client.expect(error: .invalidParameters, from: method, .string(name), 1)
                    }
                    #expect(throws: RPCError.self) { try server.hub.publish(1, to: "fine", name) }
                    #expect(throws: RPCError.self) { try server.hub.channel(name).publish(1) }
                }
                for name in good where !name.contains("*") {
                    try await client.expect(error: nil, from: "enter", .string(name))
                    try await client.expect(error: nil, from: "__publish__", .string(name), 1)
                }
                #expect(server.hub.rooms.count == 3)
            }
        }
    }

    @Test("the server's limits for names apply")
    func limits() async throws {
        var configuration = ServerConfiguration.quiet
        configuration.limits.channelName = 5
        configuration.limits.wildcards = 1
        try await withServer(ChannelHandler(), configuration) { server in
            try await withClient(server.url) { client in
                try await client.expect(error: nil, from: "listen", ["12345", "abc.*"])
                for name in ["123456", "*.*", "abcd.*"] {
                    try await client.expect(error: .invalidParameters, from: "listen", [.string(name)])
                }
            }
        }
    }

    @Test(
        "a rule with an invalid name prevents the server from starting",
        arguments: ["", "a\nb", String(repeating: "x", count: 257)])
    func badRules(name: String) async throws {
        let handler = ChannelHandler { ChannelRule(name) }
        let server = WebSocketServer(port: 0, handler: handler, configuration: .quiet)
        let error = await #expect(throws: ServerError.self) { try await server.start() }
        #expect(error?.message.hasPrefix("channel rule '") == true)
    }
}
