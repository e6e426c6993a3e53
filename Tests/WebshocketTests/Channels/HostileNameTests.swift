import Testing
import Webshocket

@Suite("Invalid channel names from peers", .timeLimit(.minutes(5)))
struct HostileNameTests {
    final class Handler: WebSocketHandler {
        let access = Access.everyone
        let heard = Collected<String>()

        var channels: ChannelRules {
            ChannelRule("chat.*").allowsPublishing()
                .on("say") { (_: Connection, channel: Channel, _: WireValue) in self.heard.append(channel.name) }
            ChannelRule("room.*").announcesMembers()
        }
    }

    /// A text with as many distinct characters as possible, the worst case for a matcher.
    static let long = String(
        String.UnicodeScalarView((0..<60_000).compactMap { Unicode.Scalar(0x10_000 + $0 % 0xF_FFF) }))

    @Test("names are validated before rules are evaluated", arguments: [PatternSyntax.segments, .globs])
    func names(syntax: PatternSyntax) async throws {
        var configuration = ServerConfiguration.quiet
        configuration.patterns = syntax
        let handler = Handler()
        try await withServer(handler, configuration) { server in
            try await withClient(server.url) { client in
                for name in [Self.long, "chat.\u{1b}[2J\r\nforged", "chat.*", ""] {
                    let text = WireValue.string(name)
                    for method in ["__join__", "__members__"] {
                        try await client.expect(error: .invalidParameters, from: method, text)
                    }
                    for event in [nil, "say"] as [WireValue] {
                        try await client.expect(error: .invalidParameters, from: "__publish__", text, 1, event)
                    }
                }
                for method in ["__subscribe__", "__join__", "__members__", "__publish__"] {
                    let response = try await client.response(
                        to: method, arguments: [.string(Self.long), 1].dropLast(method == "__publish__" ? 0 : 1))
                    #expect(response.error == .invalidParameters && (response.data.asString?.utf8.count ?? 0) < 1_000)
                }
                // Ending subscriptions and memberships that do not exist succeeds.
                try await client.expect(true, from: "__unsubscribe__", .string(Self.long))
                try await client.expect(true, from: "__leave__", .string(Self.long))
            }
        }
        #expect(handler.heard.values == [])
    }
}
